package dev.ashlar.replay;

import dev.ashlar.buddy.core.RegionAlgorithm;
import dev.ashlar.buddy.core.RegionCore;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Measures how full an algorithm keeps a region. The target of live bytes rises by one per cent of the region at a
 * time. For each target random blocks are freed one by one, and after each free new blocks are allocated until the
 * target is reached again. If a request is refused, another size is drawn. Too many refusals at a target end the
 * experiment. No memory is accessed.
 *
 * <p>Live bytes are requested bytes, so waste inside blocks counts too.
 */
final class CapacityExperiment {

    private final RegionAlgorithm algorithm;
    private final SizeLaw law;
    private final long regionBytes;
    private final int granule;
    private final int replacements;
    private final int refusals;

    /**
     * An experiment.
     *
     * @param algorithm the algorithm
     * @param law the sizes
     * @param regionBytes size of the region in bytes
     * @param granule its granule in bytes
     * @param replacements blocks that are replaced at each target
     * @param refusals requests at each target that may find no room
     */
    CapacityExperiment(
            RegionAlgorithm algorithm, SizeLaw law, long regionBytes, int granule, int replacements, int refusals) {
        this.algorithm = algorithm;
        this.law = law;
        this.regionBytes = regionBytes;
        this.granule = granule;
        this.replacements = replacements;
        this.refusals = refusals;
    }

    /**
     * Runs it.
     *
     * @param seed the seed of the sizes and of the choice of blocks
     * @return the last target that lasted through all replacements, in per cent of the region
     */
    int run(long seed) {
        Blocks blocks = new Blocks(algorithm.region((int) (regionBytes / granule)), seed);
        int sustained = 0;
        while (sustained < 100 && blocks.sustain(regionBytes * (sustained + 1) / 100)) {
            sustained++;
        }
        return sustained;
    }

    /** The live blocks of one run. */
    private final class Blocks {
        private final RegionCore core;
        private final SplittableRandom random;
        private int[] starts = new int[1024];
        private int[] byteSizes = new int[1024];
        private int count;
        private long live;
        private int refused;

        Blocks(RegionCore core, long seed) {
            this.core = core;
            this.random = new SplittableRandom(seed);
        }

        /** Reaches a target and stays there for all replacements; false if too many requests find no room. */
        boolean sustain(long target) {
            refused = 0;
            boolean served = fill(target);
            for (int i = 0; i < replacements && served; i++) {
                free(random.nextInt(count));
                served = fill(target);
            }
            return served;
        }

        private boolean fill(long target) {
            while (live < target) {
                int byteSize = law.next(random);
                int start = core.take((byteSize + granule - 1) / granule, 1);
                if (start != RegionCore.NONE) {
                    add(start, byteSize);
                } else if (++refused > refusals) {
                    return false;
                }
            }
            return true;
        }

        private void add(int start, int byteSize) {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
                byteSizes = Arrays.copyOf(byteSizes, 2 * count);
            }
            starts[count] = start;
            byteSizes[count] = byteSize;
            count++;
            live += byteSize;
        }

        private void free(int block) {
            core.claim(starts[block]);
            core.release(starts[block]);
            live -= byteSizes[block];
            count--;
            starts[block] = starts[count];
            byteSizes[block] = byteSizes[count];
        }
    }
}
