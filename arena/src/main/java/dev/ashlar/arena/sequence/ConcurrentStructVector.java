package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A sequence of structs outside the Java heap that any number of threads append to and read at once, without a lock.
 * Elements never move and never change, so that what {@link #get} returned stays valid until the vector is closed.
 *
 * <h2>What may be read</h2>
 *
 * <p>Every thread may read the published prefix: the elements below {@link #size()}, each with everything that was
 * written to it. Elements are published in the order of their indexes. An element is published when it and all before
 * it are written, at the latest when every append with a smaller index has ended. So an append may return before its
 * element is published. A thread that stops inside an append delays the prefix, but no other append.
 *
 * <h2>Cost</h2>
 *
 * <p>An append makes three atomic operations without contention. Memory is taken in blocks of doubling size, so up to
 * half may be unused. A bit for each element marks what is written.
 *
 * <h2>Closing</h2>
 *
 * <p>Close a vector when no other thread uses it. Later calls throw {@link IllegalStateException}. A call during the
 * close may access a freed block.
 */
public final class ConcurrentStructVector implements AutoCloseable {

    private final SegmentedMemory memory;
    private final long byteSize;

    /**
     * An empty vector, which takes no memory yet.
     *
     * @param allocator where the memory comes from, one that all threads may call
     * @param element layout of an element, of at least one byte
     * @throws IllegalArgumentException if the layout has no bytes
     */
    public ConcurrentStructVector(Allocator allocator, MemoryLayout element) {
        memory = new SegmentedMemory(allocator, element);
        byteSize = element.byteSize();
    }

    /** Number of published elements: those below may be read by every thread. It never falls. */
    public long size() {
        return memory.published();
    }

    /**
     * Adds a copy of a struct.
     *
     * @param source as large as the layout, alive and accessible until this returns. If another thread closes it
     *     meanwhile, this throws what the access throws, and the element is one of zeros
     * @return its index
     * @throws Error such as a {@link StackOverflowError}; then there may be an element more, the copy or one of zeros
     * @throws IllegalArgumentException if the source is larger or smaller
     * @throws WrongThreadException if the calling thread may not access the source; nothing changes
     * @throws dev.ashlar.api.AllocationException if there is no room and the allocator has none; nothing changes
     * @throws IllegalStateException if this vector is closed, or the source is not alive; nothing changes
     */
    public long append(MemorySegment source) {
        StructVector.requireSize(source, byteSize);
        byte _ = source.get(ValueLayout.JAVA_BYTE, 0); // throws if there is no access, before a claim
        return memory.append((part, offset) -> MemorySegment.copy(source, 0, part, offset, byteSize));
    }

    /**
     * The struct at an index.
     *
     * @param index from 0 to {@code size() - 1}
     * @return a read-only segment, valid until this vector is closed
     * @throws IndexOutOfBoundsException if no such element is published
     * @throws IllegalStateException if this vector is closed
     */
    public MemorySegment get(long index) {
        return memory.part(memory.checked(index))
                .asSlice(memory.offset(index), byteSize)
                .asReadOnly();
    }

    /** Frees the memory. No other thread may be using this vector. Closing again does nothing. */
    @Override
    public void close() {
        memory.close();
    }
}
