package dev.ashlar.verification.misuse;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.CorruptedBlockException;
import dev.ashlar.api.compose.Finding;
import dev.ashlar.api.compose.Hardened;
import dev.ashlar.api.compose.Hardening;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What only a hardened allocator finds. The writes hit its redzones and its quarantine, so they hurt nothing. */
final class HardenedMisuses {

    /** Less than the redzone before a block. */
    private static final long BEFORE = 8;

    private HardenedMisuses() {}

    static final List<Misuse> ALL = List.of(
            Misuse.of(
                    "write one byte behind a block by its address",
                    CorruptedBlockException.class,
                    "Bytes behind the block .* were written",
                    overHardened((hardened, block) -> {
                        write(block, block.byteSize());
                        return () -> hardened.free(block);
                    })),
            Misuse.of(
                    "write one byte before a block by its address",
                    CorruptedBlockException.class,
                    "Bytes before the block .* were written",
                    overHardened((hardened, block) -> {
                        write(block, -1);
                        return () -> hardened.free(block);
                    })),
            Misuse.of(
                    "write to a freed block",
                    CorruptedBlockException.class,
                    "The freed block .* was written.*It was freed at",
                    overHardened((hardened, block) -> {
                        hardened.free(block);
                        write(block, 0);
                        return () -> throwFirst(
                                hardened.as(Hardened.class).orElseThrow().check());
                    })),
            Misuse.of(
                    "free the first half of a hardened block",
                    InvalidBlockException.class,
                    "",
                    overHardened((hardened, block) -> () -> hardened.free(block.asSlice(0, block.byteSize() / 2)))));

    @FunctionalInterface
    private interface Program {
        ThrowingCallable of(Allocator hardened, MemorySegment block);
    }

    private static Misuse.Program overHardened(Program program) {
        return scene -> {
            if (scene.resettable() != null) {
                return null; // a reset frees blocks by position, and hardening does not see that
            }
            Allocator hardened =
                    scene.closedBeforeTheCheck(Allocators.hardening(scene.allocator(), Hardening.Level.FULL));
            scene.withoutCounts(); // blocks in quarantine are live
            return program.of(hardened, hardened.allocate(Scene.BLOCK, 8));
        };
    }

    private static void throwFirst(List<Finding> findings) {
        if (!findings.isEmpty()) {
            throw new CorruptedBlockException(findings.getFirst());
        }
    }

    @SuppressWarnings("restricted")
    private static void write(MemorySegment block, long offset) {
        // SAFETY: the redzones around the block, and the block while it is in quarantine, are memory of the allocator.
        MemorySegment around =
                MemorySegment.ofAddress(block.address() - BEFORE).reinterpret(block.byteSize() + 2 * BEFORE);
        byte before = around.get(ValueLayout.JAVA_BYTE, BEFORE + offset);
        around.set(ValueLayout.JAVA_BYTE, BEFORE + offset, (byte) ~before); // canaries differ from run to run
    }
}
