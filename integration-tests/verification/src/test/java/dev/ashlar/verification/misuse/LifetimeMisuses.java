package dev.ashlar.verification.misuse;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.api.Resettable.ResetMode;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.arena.Frame;
import dev.ashlar.arena.Frames;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Use of memory outside its bounds, and of allocators, arenas and frames that have ended. */
final class LifetimeMisuses {

    private LifetimeMisuses() {}

    private static final String CLOSED = "(allocator|view) is closed";
    private static final String ENDED = "Already closed";

    static final List<Misuse> ALL = List.of(
            outOfBounds("write one byte behind a block", Scene.BLOCK),
            outOfBounds("write one byte before a block", -1),
            outOfBounds("write at the largest offset", Long.MAX_VALUE),
            Misuse.of("write to a block of 0 bytes", IndexOutOfBoundsException.class, "", scene -> {
                MemorySegment block = scene.block(0);
                scene.allocator().free(block);
                return () -> block.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            }),
            closed(
                    "allocate from a closed allocator",
                    CLOSED,
                    scene -> () -> scene.allocator().allocate(64, 8)),
            closed(
                    "try to allocate from a closed allocator",
                    CLOSED,
                    scene -> () -> scene.allocator().tryAllocate(64, 8)),
            closed(
                    "allocate a large block from a closed allocator",
                    CLOSED,
                    scene -> () -> scene.allocator().allocate(3 << 20, 8)),
            closed(
                    "allocate a batch from a closed allocator",
                    CLOSED,
                    scene -> () -> scene.allocator().allocateAll(64, 8, 3)),
            closed("allocate an address from a closed allocator", CLOSED, scene -> {
                AddressAllocator addresses = scene.addresses();
                return addresses == null ? null : () -> addresses.allocateAddress(64, 8);
            }),
            closed("trim a closed allocator", CLOSED, scene -> scene.allocator()::trim),
            closedWithMemory(
                    "free a block of a closed allocator there",
                    CLOSED,
                    (scene, block) -> () -> scene.allocator().free(block)),
            closedWithMemory(
                    "free a batch of a closed allocator there",
                    CLOSED,
                    (scene, block) -> () -> scene.allocator().freeAll(List.of(block))),
            closedWithMemory(
                    "resize a block of a closed allocator",
                    CLOSED,
                    (scene, block) -> () -> scene.allocator().resize(block, 200)),
            closedWithMemory(
                    "read a block of a closed allocator",
                    ENDED,
                    (scene, block) -> () -> block.get(ValueLayout.JAVA_BYTE, 0)),
            closedWithMemory(
                            "write to a block of a closed allocator",
                            ENDED,
                            (scene, block) -> () -> block.fill((byte) 1))
                    .inItsOwnJvm(),
            Misuse.of(
                    "close an allocator under an open arena",
                    IllegalStateException.class,
                    "arenas over it are open",
                    scene -> {
                        if (!scene.ownsMemory()) {
                            return null; // the view can be closed, and its upstream cannot
                        }
                        scene.closedBeforeTheCheck(Allocators.arena(scene.allocator()));
                        return scene.allocator()::close;
                    }),
            Misuse.of("read a block of a closed arena", IllegalStateException.class, ENDED, scene -> {
                Arena arena = Allocators.arena(scene.allocator());
                MemorySegment block = arena.allocate(64);
                arena.close();
                return () -> block.get(ValueLayout.JAVA_BYTE, 0);
            }),
            Misuse.of("allocate from a closed arena", IllegalStateException.class, "closed", scene -> {
                Arena arena = Allocators.arena(scene.allocator());
                arena.close();
                return () -> arena.allocate(64);
            }),
            Misuse.of("close an arena twice", IllegalStateException.class, "closed", scene -> {
                Arena arena = Allocators.sharedArena(scene.allocator());
                arena.close();
                return arena::close;
            }),
            Misuse.of("read a block of another thread's arena", WrongThreadException.class, "", scene -> {
                Arena arena = scene.closedBeforeTheCheck(Allocators.arena(scene.allocator()));
                MemorySegment block = arena.allocate(64);
                return () -> Scene.onAnotherThread(() -> block.get(ValueLayout.JAVA_BYTE, 0));
            }),
            inFrames(
                    "close a frame before the frame within it",
                    "Close inner frames first",
                    (outer, inner) -> outer::close),
            inFrames(
                    "allocate in a frame that has an open one within it",
                    "is open within it",
                    (outer, inner) -> () -> outer.allocate(64, 8)),
            inFrames("allocate in a closed frame", "it is closed", (outer, inner) -> {
                inner.close();
                return () -> inner.allocate(64, 8);
            }),
            Misuse.of(
                    "rewind to a mark of another arena", IllegalArgumentException.class, "not of this arena", scene -> {
                        Resettable resettable = scene.resettable();
                        if (resettable == null) {
                            return null;
                        }
                        Mark mark =
                                scene.other().as(Resettable.class).orElseThrow().mark();
                        return () -> resettable.rewind(mark);
                    }),
            Misuse.of(
                    "rewind to a mark from before a reset",
                    IllegalArgumentException.class,
                    "not valid any more",
                    scene -> {
                        Resettable resettable = scene.resettable();
                        if (resettable == null) {
                            return null;
                        }
                        scene.freeRecorded();
                        Mark mark = resettable.mark();
                        resettable.reset(new ResetMode.KeepMemory());
                        return () -> resettable.rewind(mark);
                    }));

    private static Misuse outOfBounds(String what, long offset) {
        return Misuse.of(what, IndexOutOfBoundsException.class, "Out of bound access", scene -> {
            MemorySegment block = scene.liveBlock();
            return () -> block.set(ValueLayout.JAVA_BYTE, offset, (byte) 1);
        });
    }

    private static Misuse closed(String what, String message, Misuse.Program program) {
        return Misuse.of(what, IllegalStateException.class, message, scene -> {
            ThrowingCallable operation = program.in(scene);
            scene.allocator().close();
            return operation;
        });
    }

    private interface WithBlock {
        ThrowingCallable in(Scene scene, MemorySegment block);
    }

    /** A view that is closed leaves its blocks live, so that only an allocator that owns memory is misused so. */
    private static Misuse closedWithMemory(String what, String message, WithBlock program) {
        return Misuse.of(what, IllegalStateException.class, message, scene -> {
            if (!scene.ownsMemory()) {
                return null;
            }
            MemorySegment block = scene.liveBlock();
            scene.allocator().close();
            return program.in(scene, block);
        });
    }

    private interface WithFrames {
        ThrowingCallable in(Frame outer, Frame inner);
    }

    private static Misuse inFrames(String what, String message, WithFrames program) {
        return Misuse.of(what, IllegalStateException.class, message, scene -> inFrames(scene, program));
    }

    private static @Nullable ThrowingCallable inFrames(Scene scene, WithFrames program) {
        if (scene.resettable() == null) {
            return null;
        }
        Frames frames = new Frames(scene.allocator());
        Frame outer = frames.open();
        Frame inner = frames.open();
        scene.beforeTheCheck(() -> {
            inner.close();
            outer.close();
        });
        return program.in(outer, inner);
    }
}
