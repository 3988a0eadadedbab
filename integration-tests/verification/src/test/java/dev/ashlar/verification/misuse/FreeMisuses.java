package dev.ashlar.verification.misuse;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.CountedBlock;
import dev.ashlar.api.InvalidBlockException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Frees of something that is no live block, or not of that size. */
final class FreeMisuses {

    private FreeMisuses() {}

    private static final String FREED_TWICE = "is free: it was freed before. Look for a second owner";
    private static final String GONE = FREED_TWICE + "|lies in no memory that this allocator holds|No block starts at";
    private static final String INSIDE = "No block starts at 0x.*Free a block as it was handed out, not a slice";
    private static final String FOREIGN = "lies in no memory that this allocator holds. The block is another";
    private static final String WRONG_SIZE =
            "Free a block with its requested size|as it was handed out|is another|not allocated through";

    static final List<Misuse> ALL = List.of(
            refused("free a block twice", FREED_TWICE, scene -> freeing(scene, scene.freedBlock(Scene.BLOCK))),
            refused("free a large block twice", GONE, scene -> freeing(scene, scene.freedBlock(3 << 20))),
            refused("free a block of 0 bytes twice", FREED_TWICE, scene -> freeing(scene, scene.freedBlock(0))),
            refused("free a block again after a trim", GONE, scene -> {
                MemorySegment block = scene.freedBlock(Scene.BLOCK);
                scene.allocator().trim();
                return freeing(scene, block);
            }),
            refused("free a block, and again on another thread", FREED_TWICE, scene -> {
                MemorySegment block = scene.freedBlock(Scene.BLOCK);
                return () -> Scene.onAnotherThread(() -> scene.allocator().free(block));
            }),
            refused("free a block that another thread has freed", FREED_TWICE, scene -> {
                MemorySegment block = scene.block();
                free(scene, block);
                return freeing(scene, block);
            }),
            refused("free a block that a late second free has freed", FREED_TWICE, FreeMisuses::freedLate)
                    .inItsOwnJvm(),
            refused(
                    "free an address inside a block",
                    INSIDE,
                    scene -> freeing(scene, scene.liveBlock().asSlice(8))),
            refused(
                    "free the end of a block",
                    GONE,
                    scene -> freeing(scene, scene.liveBlock().asSlice(Scene.BLOCK - 1))),
            refused(
                    "free a block with a size larger than its memory",
                    WRONG_SIZE,
                    scene -> freeing(scene, enlarged(scene.liveBlock()))),
            Misuse.notFound("free the first half of a block", scene -> {
                scene.withoutCounts(); // the requested bytes are wrong by the difference, as each strategy says
                MemorySegment block = scene.block();
                return scene.storesSizes() ? null : () -> scene.allocator().free(block.asSlice(0, Scene.BLOCK / 2));
            }),
            refused("free a block of another allocator", FOREIGN, scene -> {
                MemorySegment block = scene.other().allocate(Scene.BLOCK, 8);
                return freeing(scene, block);
            }),
            refused("free a block of a closed allocator", FOREIGN, scene -> {
                Allocator other = scene.other();
                MemorySegment block = other.allocate(Scene.BLOCK, 8);
                other.close();
                return freeing(scene, block);
            }),
            refused(
                    "free a segment of an arena of the JDK",
                    FOREIGN,
                    scene -> freeing(
                            scene, scene.closedAtTheEnd(Arena.ofConfined()).allocate(64))),
            refused("free a heap segment", FOREIGN, scene -> freeing(scene, MemorySegment.ofArray(new byte[64]))),
            refused(
                    "free a slice of a heap segment",
                    FOREIGN,
                    scene -> freeing(scene, MemorySegment.ofArray(new long[64]).asSlice(64))),
            refused("free a mapped segment", FOREIGN, scene -> freeing(scene, mapped(scene))),
            refused("free the null segment", FOREIGN, scene -> freeing(scene, MemorySegment.NULL)),
            refused("free the last address there is", FOREIGN, scene -> freeing(scene, MemorySegment.ofAddress(-1)))
                    .inItsOwnJvm(),
            Misuse.of("free null", NullPointerException.class, "", FreeMisuses::freeingNull),
            refused("free an address twice", FREED_TWICE, scene -> {
                AddressAllocator addresses = scene.addresses();
                if (addresses == null) {
                    return null;
                }
                long address = addresses.allocateAddress(Scene.BLOCK, 8);
                addresses.freeAddress(address, Scene.BLOCK);
                return () -> addresses.freeAddress(address, Scene.BLOCK);
            }),
            refused("free the address 0", FOREIGN, scene -> {
                AddressAllocator addresses = scene.addresses();
                return addresses == null ? null : () -> addresses.freeAddress(0, Scene.BLOCK);
            }),
            Misuse.of(
                    "free an address with a negative size",
                    IllegalArgumentException.class,
                    "byteSize is -1, must be 0 or more|freed as one of -1 bytes",
                    scene -> {
                        AddressAllocator addresses = scene.addresses();
                        long address = scene.liveBlock().address();
                        return addresses == null ? null : () -> addresses.freeAddress(address, -1);
                    }),
            refused("resize a freed block", FREED_TWICE, scene -> {
                MemorySegment block = scene.freedBlock(Scene.BLOCK);
                return () -> scene.allocator().resize(block, 200);
            }),
            refused("resize an address inside a block", INSIDE, scene -> {
                MemorySegment block = scene.liveBlock().asSlice(8);
                return () -> scene.allocator().resize(block, 200);
            }),
            refused(
                    "resize a heap segment",
                    FOREIGN,
                    scene -> () -> scene.allocator().resize(MemorySegment.ofArray(new byte[64]), 200)),
            Misuse.of(
                    "release a counted block once more than it is held",
                    IllegalStateException.class,
                    "All references to this block were released",
                    scene -> {
                        CountedBlock counted = CountedBlock.of(scene.allocator(), scene.block());
                        counted.release();
                        return counted::release;
                    }),
            Misuse.of(
                    "use the memory of a counted block after its last release",
                    IllegalStateException.class,
                    "All references to this block were released",
                    scene -> {
                        CountedBlock counted = CountedBlock.of(scene.allocator(), scene.block());
                        counted.release();
                        return counted::memory;
                    }),
            Misuse.of("free a buffer twice", InvalidBlockException.class, "lies in no memory", scene -> {
                scene.withoutCounts(); // the buffers know their blocks themselves
                ByteBufferAllocator buffers = new ByteBufferAllocator(scene.allocator());
                ByteBuffer buffer = buffers.allocate(100);
                buffers.free(buffer);
                return () -> buffers.free(buffer);
            }),
            Misuse.of("free a heap buffer", IllegalArgumentException.class, "The buffer is not direct", scene -> {
                ByteBufferAllocator buffers = new ByteBufferAllocator(scene.allocator());
                return () -> buffers.free(ByteBuffer.allocate(100));
            }));

    private static Misuse refused(String what, String message, Misuse.Program program) {
        return Misuse.of(what, InvalidBlockException.class, message, program);
    }

    private static ThrowingCallable freeing(Scene scene, MemorySegment block) {
        return () -> scene.allocator().free(block);
    }

    @SuppressWarnings("NullAway") // the misuse
    private static ThrowingCallable freeingNull(Scene scene) {
        return () -> scene.allocator().free(null);
    }

    private static void free(Scene scene, MemorySegment block) throws Exception {
        Thread thread = Thread.ofPlatform().start(() -> scene.allocator().free(block));
        thread.join();
    }

    /**
     * A block that is freed twice after its memory was handed out again. The second free is one of the next block,
     * which no allocator can know. So the owner of that block is told.
     */
    private static @Nullable ThrowingCallable freedLate(Scene scene) {
        MemorySegment stale = scene.freedBlock(Scene.BLOCK);
        List<MemorySegment> others = new ArrayList<>();
        MemorySegment next = scene.block();
        while (next.address() != stale.address() && others.size() < 1_000) {
            others.add(next);
            next = scene.block();
        }
        others.forEach(scene.allocator()::free);
        boolean reused = next.address() == stale.address();
        scene.allocator().free(reused ? stale : next);
        return reused ? freeing(scene, next) : null;
    }

    @SuppressWarnings("restricted") // SAFETY: nothing is read or written through it
    private static MemorySegment enlarged(MemorySegment block) {
        return block.reinterpret(1L << 40);
    }

    private static MemorySegment mapped(Scene scene) throws IOException {
        Path file = Files.createTempFile("misuse", null);
        file.toFile().deleteOnExit();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, 64, scene.closedAtTheEnd(Arena.ofConfined()));
        }
    }
}
