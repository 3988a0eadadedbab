package dev.ashlar.lockfree;

import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.SizeClasses;

/**
 * What can be set for the {@code lockfree} strategy beyond the general configuration.
 *
 * @param classesPerDoubling size classes between each power of two and the next: 4, 8 or 16
 * @param largestBlock the largest block in bytes that magazines serve, a power of two from 128 to 65,536
 * @param largeBlocks what becomes of larger requests
 * @param magazineRounds blocks that a magazine holds at first, 1 to 1024; it adapts to the load from there to four times as
 *     many. It holds a single block, or 8 KiB at first and 32 KiB at most
 */
public record LockFreeConfig(
        int classesPerDoubling, int largestBlock, LargeBlockPolicy largeBlocks, int magazineRounds) {

    /** 8 classes a doubling, blocks to 64 KiB, larger ones go upstream, 64 rounds. */
    public static final LockFreeConfig DEFAULTS =
            new LockFreeConfig(8, SizeClasses.MAX_SIZE, LargeBlockPolicy.UPSTREAM, 64);

    private static final int MOST_ROUNDS = 1024;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public LockFreeConfig {
        SizeClasses.perDoubling(classesPerDoubling, largestBlock);
        if (largeBlocks == null) {
            throw new IllegalArgumentException("largeBlocks is null, must be UPSTREAM or REFUSE");
        }
        if (magazineRounds < 1 || magazineRounds > MOST_ROUNDS) {
            throw new IllegalArgumentException("magazineRounds is " + magazineRounds + ", must be 1 to " + MOST_ROUNDS);
        }
    }

    /** The table of size classes. */
    public SizeClasses sizeClasses() {
        return SizeClasses.perDoubling(classesPerDoubling, largestBlock);
    }
}
