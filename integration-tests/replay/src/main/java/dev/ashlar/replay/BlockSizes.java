package dev.ashlar.replay;

import java.util.SplittableRandom;

/** Where an experiment has the sizes of its blocks from. Its text names it in tables. */
@FunctionalInterface
interface BlockSizes {

    /** A size in bytes, 1 or more. */
    int next(SplittableRandom random);
}
