package dev.ashlar.spi.support;

import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Memory from the source that is cut into slabs: {@link PageRuns} with memory. In the address map it fills the pages
 * that lie in no slab.
 *
 * <p>Safe for use by many threads: pages are taken and returned lock-free, and closing takes a lock.
 */
public final class PageChunk extends RoomTable.Member implements Extent {

    /**
     * The unit of slabs and the alignment of chunks, so also the largest alignment of a slot.
     */
    public static final int PAGE = 4096;

    /**
     * Heap memory of a chunk with its page runs, of its entry in the map by address, and of what the source keeps for
     * it, estimated for compressed references.
     */
    private static final int HEADER_BYTES = 88 + 72 + MeteredSource.METADATA_BYTES_PER_CHUNK;

    private static final VarHandle QUEUED = VarHandles.of(MethodHandles.lookup(), "queued", boolean.class);
    private static final VarHandle CLOSED_TO_SLABS =
            VarHandles.of(MethodHandles.lookup(), "closedToSlabs", boolean.class);

    private final MemorySource.Chunk chunk;
    private final MemorySegment memory;
    private final PageRuns runs;

    /** Whether it is in the queue of unused chunks. */
    private volatile boolean queued;

    /** Whether no slab is to be cut from it, because its blocks are moved out. */
    private volatile boolean closedToSlabs;

    private final long address;
    private final long byteSize;

    /** The chunks that it is one of. Set before this is put into the map. */
    private @Nullable Chunks chunks;

    /** Guarded by this. */
    private boolean closed;

    /**
     * A chunk with all pages free.
     *
     * @param chunk memory from the source, whole pages
     */
    PageChunk(MemorySource.Chunk chunk) {
        this.chunk = chunk;
        this.memory = chunk.memory();
        this.address = memory.address();
        this.byteSize = memory.byteSize();
        this.runs = new PageRuns((int) (byteSize / PAGE));
    }

    /** All its memory. */
    public MemorySegment memory() {
        return memory;
    }

    /** Where it starts. */
    public long address() {
        return address;
    }

    /** Its size in bytes. */
    public long byteSize() {
        return byteSize;
    }

    /** The bytes that it takes from the source. */
    long takenBytes() {
        return chunk.takenBytes();
    }

    /** Notes that it is in the queue of unused chunks; false if it was in it. */
    boolean enqueue() {
        return !queued && QUEUED.compareAndSet(this, false, true);
    }

    /** Notes that it is in the queue no more. */
    void dequeue() {
        queued = false;
    }

    /** Cuts no slab from it any more, until {@link #openToSlabs}; false if that is so already. */
    boolean tryCloseToSlabs() {
        return !closedToSlabs && CLOSED_TO_SLABS.compareAndSet(this, false, true);
    }

    /** Cuts slabs from it again. */
    void openToSlabs() {
        closedToSlabs = false;
    }

    /** Takes pages for a slab; the first page, or -1. */
    int take(int pages) {
        return closedToSlabs ? -1 : runs.take(pages);
    }

    /** Which pages are in use. */
    PageRuns runs() {
        return runs;
    }

    @Override
    protected int room() {
        return closedToSlabs ? 0 : runs.longest();
    }

    /** Heap memory of this chunk's bookkeeping. */
    long metadataBytes() {
        return HEADER_BYTES + PageRuns.metadataBytes(runs.pages());
    }

    /** Fills its pages in the address map. For the thread that took it from the source. */
    void register(Chunks of) {
        AddressMap<Extent> map = of.map();
        map.cover(address, byteSize);
        chunks = of;
        map.put(address, byteSize, this);
    }

    /** Leaves the map before the memory is given back: then another chunk may get its addresses. */
    void unregister(AddressMap<Extent> map) {
        map.put(address, byteSize, origin());
    }

    /** Whether it is one of these chunks. */
    boolean isOf(Chunks of) {
        return chunks == of;
    }

    @Override
    public @Nullable Extent origin() {
        return MeteredSource.extentOf(chunk);
    }

    /** {@inheritDoc} No block lies outside of the slabs. */
    @Override
    public boolean tryFree(long blockAddress, long blockSize) {
        return false;
    }

    @Override
    public boolean isLive(long blockAddress) {
        return false;
    }

    @Override
    public long allocatedSize(long blockAddress) {
        return InvalidBlockException.UNKNOWN_SIZE;
    }

    @Override
    public @Nullable MemorySegment blockAt(long blockAddress, long blockSize) {
        return null;
    }

    @Override
    public @Nullable MemorySegment tryResizeInPlace(MemorySegment block, long newSize, long byteAlignment) {
        throw InvalidBlockException.freedTwice(block.address(), InvalidBlockException.UNKNOWN_SIZE);
    }

    /**
     * Gives the memory back to the source if no page is in use. After that no page can be taken.
     *
     * @return whether it did; also false if it was closed before
     * @throws IllegalStateException if a foreign call works on the memory now. The pages can be taken again, and a
     *     later call may succeed
     */
    synchronized boolean closeIfUnused(AddressMap<Extent> map) {
        if (!runs.retire()) {
            return false;
        }
        unregister(map);
        try {
            return close();
        } catch (RuntimeException e) {
            map.put(address, byteSize, this);
            runs.reinstate();
            throw e;
        }
    }

    /**
     * Gives the memory back to the source, used or not.
     *
     * @return whether it did; false if that was done before
     * @throws IllegalStateException if a foreign call works on the memory now; a later call may succeed
     */
    synchronized boolean close() {
        if (closed) {
            return false;
        }
        chunk.close();
        closed = true;
        return true;
    }
}
