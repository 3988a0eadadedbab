package dev.ashlar.testkit;

/**
 * How much memory an allocator may hold for its live blocks: the bounds of {@link MemoryContract}. The defaults follow
 * from rules 6, 8 and 11 for a strategy that does not move blocks. A strategy with coarser sizes declares more.
 *
 * <p>Ratios are committed over live bytes, and live bytes are requested bytes.
 *
 * @param sharedTable threads replace blocks of 16 to 4,000 bytes in one table, at any time once it is half full
 * @param sharedTableOfLargeBlocks the same with blocks of 1,000 to 60,000 bytes
 * @param handover one thread frees what others allocate; relative to the most live bytes, not to the present ones
 * @param keptBlocks each of many threads keeps a block of every size
 * @param phases sizes change again and again, and some blocks of each size stay
 * @param manySizes one thread replaces blocks of very many sizes, on average over time
 * @param retainedBytesPerThread what may be held beyond the retained bytes for each idle live platform thread, without
 *     live blocks
 * @param pinnedBytesPerThread what a trim may leave for each live platform thread if one of them freed all blocks,
 *     which others had allocated. A thread that caches a few blocks keeps the memory around each
 * @param limit with a limit of this many times the most live bytes no request is refused
 */
public record MemoryBounds(
        double sharedTable,
        double sharedTableOfLargeBlocks,
        double handover,
        double keptBlocks,
        double phases,
        double manySizes,
        long retainedBytesPerThread,
        long pinnedBytesPerThread,
        double limit) {

    /** Checks the ranges that the tests rely on. */
    public MemoryBounds {
        requireRatio("sharedTable", sharedTable);
        requireRatio("sharedTableOfLargeBlocks", sharedTableOfLargeBlocks);
        requireRatio("handover", handover);
        requireRatio("keptBlocks", keptBlocks);
        requireRatio("phases", phases);
        requireRatio("manySizes", manySizes);
        requireRatio("limit", limit);
        requireBytes("retainedBytesPerThread", retainedBytesPerThread);
        requireBytes("pinnedBytesPerThread", pinnedBytesPerThread);
    }

    private static void requireBytes(String name, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(name + " is " + bytes + ", must be 0 or more");
        }
    }

    private static void requireRatio(String name, double ratio) {
        if (!(ratio >= 1)) {
            throw new IllegalArgumentException(name + " is " + ratio + ", must be 1 or more");
        }
    }

    /** A builder that starts from the defaults: see each of its methods. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds {@link MemoryBounds}. Not safe for use by many threads. */
    public static final class Builder {
        private double sharedTable = 1.25;
        private double sharedTableOfLargeBlocks = 1.35;
        private double handover = 1.15;
        private double keptBlocks = 1.5;
        private double phases = 3.2;
        private double manySizes = 1.45;
        private long retainedBytesPerThread = 64 * 1024;
        private long pinnedBytesPerThread = 64 * 1024;
        private double limit = 1.6;

        private Builder() {}

        /**
         * Sets the ratio where threads share a table of small and medium blocks.
         *
         * @param ratio 1.25 if not set
         */
        public Builder sharedTable(double ratio) {
            sharedTable = ratio;
            return this;
        }

        /**
         * Sets the ratio where threads share a table of larger blocks.
         *
         * @param ratio 1.35 if not set
         */
        public Builder sharedTableOfLargeBlocks(double ratio) {
            sharedTableOfLargeBlocks = ratio;
            return this;
        }

        /**
         * Sets the ratio of the most committed to the most live bytes where one thread frees what others allocate.
         *
         * @param ratio 1.15 if not set
         */
        public Builder handover(double ratio) {
            handover = ratio;
            return this;
        }

        /**
         * Sets the ratio where each of many threads keeps a block of every size.
         *
         * @param ratio 1.5 if not set, which is rule 11
         */
        public Builder keptBlocks(double ratio) {
            keptBlocks = ratio;
            return this;
        }

        /**
         * Sets the ratio at the peaks of phases of sizes.
         *
         * @param ratio 3.2 if not set
         */
        public Builder phases(double ratio) {
            phases = ratio;
            return this;
        }

        /**
         * Sets the ratio where one thread replaces blocks of very many sizes.
         *
         * @param ratio 1.45 if not set
         */
        public Builder manySizes(double ratio) {
            manySizes = ratio;
            return this;
        }

        /**
         * Sets what may be held for each live platform thread that is idle.
         *
         * @param bytes 64 KiB if not set, which are rules 8 and 11
         */
        public Builder retainedBytesPerThread(long bytes) {
            retainedBytesPerThread = bytes;
            return this;
        }

        /**
         * Sets what a trim may leave for each live platform thread if one of them freed all blocks.
         *
         * @param bytes 64 KiB if not set, which is rule 8
         */
        public Builder pinnedBytesPerThread(long bytes) {
            pinnedBytesPerThread = bytes;
            return this;
        }

        /**
         * Sets with which limit no request is refused.
         *
         * @param ratio of the most live bytes; 1.6 if not set
         */
        public Builder limit(double ratio) {
            limit = ratio;
            return this;
        }

        /**
         * The bounds.
         *
         * @throws IllegalArgumentException if a value is out of its range, naming value and range
         */
        public MemoryBounds build() {
            return new MemoryBounds(
                    sharedTable,
                    sharedTableOfLargeBlocks,
                    handover,
                    keptBlocks,
                    phases,
                    manySizes,
                    retainedBytesPerThread,
                    pinnedBytesPerThread,
                    limit);
        }
    }
}
