package dev.ashlar.verification.misuse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.InvalidBlockException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Batches of which one part is wrong. Nothing of such a batch is done. */
final class BatchMisuses {

    private BatchMisuses() {}

    private static final int MANY = 1_000;

    static final List<Misuse> ALL = List.of(
            refused("free a batch with one block twice", "was freed before", scene -> {
                List<MemorySegment> batch = new ArrayList<>(scene.liveBlocks(10));
                batch.add(5, batch.getFirst());
                return freeing(scene, batch);
            }),
            refused("free a thousand blocks of which one is free", "was freed before|is another", scene -> {
                MemorySegment freed = scene.block();
                List<MemorySegment> batch = new ArrayList<>(scene.liveBlocks(MANY));
                scene.allocator().free(freed);
                batch.add(MANY / 2, freed);
                return freeing(scene, batch);
            }),
            refused("free a thousand blocks of which one is another allocator's", "is another", scene -> {
                List<MemorySegment> batch = new ArrayList<>(scene.liveBlocks(MANY));
                batch.add(MANY - 1, scene.other().allocate(Scene.BLOCK, 8));
                return freeing(scene, batch);
            }),
            refused("free a thousand blocks and an address inside one of them", "No block starts at", scene -> {
                List<MemorySegment> batch = new ArrayList<>(scene.liveBlocks(MANY));
                batch.add(batch.getFirst().asSlice(16));
                return freeing(scene, batch);
            }),
            Misuse.of("free a batch with null in it", NullPointerException.class, "", BatchMisuses::withNull),
            Misuse.of(
                    "allocate a batch with a negative count",
                    IllegalArgumentException.class,
                    "count is -1, must be 0 or more",
                    scene -> () -> scene.allocator().allocateAll(8, 8, -1)),
            Misuse.of(
                    "allocate a batch with a negative size in it",
                    IllegalArgumentException.class,
                    "byteSize is -5, must be 0 or more",
                    scene -> () -> scene.allocator().allocateAll(new long[] {8, 100, -5, 8}, 8)),
            Misuse.of(
                    "allocate a batch whose sizes together overflow",
                    AllocationException.class,
                    "Cannot allocate",
                    scene -> () -> scene.allocator().allocateAll(new long[] {8, Long.MAX_VALUE, Long.MAX_VALUE}, 8)),
            Misuse.of(
                    "allocate two thousand million blocks of a gigabyte",
                    AllocationException.class,
                    "Cannot allocate",
                    scene -> () -> scene.allocator().allocateAll(1 << 30, 8, Integer.MAX_VALUE)));

    private static Misuse refused(String what, String message, Misuse.Program program) {
        return Misuse.of(what, InvalidBlockException.class, message, program);
    }

    private static ThrowingCallable freeing(Scene scene, List<MemorySegment> batch) {
        return () -> scene.allocator().freeAll(batch);
    }

    @SuppressWarnings("NullAway") // the misuse
    private static ThrowingCallable withNull(Scene scene) {
        List<MemorySegment> batch = Arrays.asList(scene.liveBlock(), null, scene.liveBlock());
        return freeing(scene, batch);
    }
}
