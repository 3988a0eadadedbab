package dev.ashlar.heap;

/**
 * The name of a block of a {@link HandleHeap}. The block may move; its handle stays. The handle of a freed block is
 * never the handle of another block.
 *
 * @param bits the number of an entry of the heap's table, and above it how often that entry was used
 */
public record Handle(long bits) {

    private static final int INDEX_BITS = Integer.SIZE;

    static Handle of(int index, int generation) {
        return new Handle((long) generation << INDEX_BITS | index);
    }

    int index() {
        return (int) bits;
    }

    int generation() {
        return (int) (bits >>> INDEX_BITS);
    }

    @Override
    public String toString() {
        return "Handle[entry " + index() + ", use " + generation() + "]";
    }
}
