package dev.ashlar.heap;

/**
 * The name of a block of a {@link HandleHeap}. The block may move; its handle stays. The handle of a freed block is
 * never the handle of another block.
 *
 * @param bits from below: 32 for the number of an entry of the heap's table, 13 for how often that entry was used, 19
 *     for the number of the heap
 */
public record Handle(long bits) {

    private static final int INDEX_BITS = Integer.SIZE;

    private static final int GENERATION_BITS = 13;

    /** The largest generation. */
    static final int LAST_GENERATION = (1 << GENERATION_BITS) - 1;

    /** How many heaps have numbers of their own. */
    private static final int HEAPS = 1 << (Long.SIZE - INDEX_BITS - GENERATION_BITS);

    static Handle of(int mark, int index) {
        return new Handle((long) mark << INDEX_BITS | index);
    }

    /** The upper half of a handle. */
    static int mark(int heap, int generation) {
        return (heap & (HEAPS - 1)) << GENERATION_BITS | generation;
    }

    int mark() {
        return (int) (bits >>> INDEX_BITS);
    }

    int index() {
        return (int) bits;
    }

    int generation() {
        return mark() & LAST_GENERATION;
    }

    @Override
    public String toString() {
        return "Handle[entry " + index() + ", use " + generation() + ", heap " + (mark() >>> GENERATION_BITS) + "]";
    }
}
