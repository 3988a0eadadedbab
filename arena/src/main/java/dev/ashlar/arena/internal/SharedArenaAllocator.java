package dev.ashlar.arena.internal;

/** An arena for all threads. */
final class SharedArenaAllocator extends ArenaAllocator {

    private final Stripe[] stripes;

    /**
     * An arena.
     *
     * @param stripes the number of stripes of the core
     */
    SharedArenaAllocator(ArenaCore core, int stripes) {
        super(core);
        this.stripes = new Stripe[stripes];
        for (int i = 0; i < stripes; i++) {
            this.stripes[i] = chunks.stripe(i);
        }
    }

    /**
     * At least one for each processor: not more threads than that allocate at the same moment. A power of two, at least
     * 2.
     */
    static int wantedStripes() {
        return Integer.highestOneBit(Math.max(2, 2 * Runtime.getRuntime().availableProcessors() - 1));
    }

    /** Thread ids are consecutive, so threads that were started together use different stripes. */
    @Override
    Stripe stripe() {
        return stripes[(int) Thread.currentThread().threadId() & (stripes.length - 1)];
    }

    @Override
    long bump(ArenaChunk chunk, long byteSize, long byteAlignment) {
        return chunk.bump(byteSize, byteAlignment, true);
    }
}
