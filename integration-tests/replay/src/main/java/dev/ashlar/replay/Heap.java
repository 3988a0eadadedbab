package dev.ashlar.replay;

/** What a {@link Churn} is played on. Blocks go by numbers below a bound that the heap was made with. */
interface Heap extends AutoCloseable {

    /**
     * Allocates a block.
     *
     * @param block a number that no live block has
     * @return false if there is no room; then the block is not live
     */
    boolean allocate(int block, long byteSize, long byteAlignment);

    /** Frees a live block. */
    void free(int block);

    /** Bytes that the heap holds: for live blocks, between them, and in reserve. */
    long committedBytes();

    /** The share of free bytes that lies in runs too small for a request; 0 if nothing is free. */
    double unusable(long byteSize);

    /** Called every {@link Accounting#WATCH_INTERVAL} events. */
    void watch();

    @Override
    void close();
}
