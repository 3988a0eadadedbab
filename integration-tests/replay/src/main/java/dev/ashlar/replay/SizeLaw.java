package dev.ashlar.replay;

import java.util.SplittableRandom;

/** The distribution of block sizes. */
enum SizeLaw implements BlockSizes {
    /** 16 bytes to 64 KiB, evenly over the logarithm. */
    LOG_UNIFORM("log-uniform 16 B - 64 KiB") {
        @Override
        double draw(double uniform) {
            return 16 * Math.pow(65_536 / 16.0, uniform);
        }
    },
    /** 1 to 64 KiB, evenly. */
    UNIFORM("uniform 1 - 64 KiB") {
        @Override
        double draw(double uniform) {
            return 1024 + uniform * (65_536 - 1024);
        }
    },
    /** Many small ones, 4 KiB on average. */
    EXPONENTIAL("exponential, mean 4 KiB") {
        @Override
        double draw(double uniform) {
            return -4096 * Math.log(1 - uniform);
        }
    },
    /**
     * Very many very small ones and a few huge ones: from 16 bytes, and at most 1 MiB, so that one alone is not a step.
     */
    PARETO("Pareto 1.1") {
        @Override
        double draw(double uniform) {
            return Math.min(1 << 20, 16 / Math.pow(1 - uniform, 1 / 1.1));
        }
    };

    private final String title;

    SizeLaw(String title) {
        this.title = title;
    }

    abstract double draw(double uniform);

    @Override
    public final int next(SplittableRandom random) {
        return (int) Math.ceil(Math.max(1, draw(random.nextDouble())));
    }

    @Override
    public String toString() {
        return title;
    }
}
