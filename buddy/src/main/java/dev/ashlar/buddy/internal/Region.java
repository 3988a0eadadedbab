package dev.ashlar.buddy.internal;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.VarHandles;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A chunk and the core that divides it. One thread at a time is in the region.
 *
 * <h2>Concurrency</h2>
 *
 * <p>A flag says that a thread is in the region. No thread waits for it. A thread that wants to allocate and finds the
 * flag set tries another region. A thread that frees cannot: it {@linkplain RegionCore#claim claims} the block, which
 * only one thread can do, pushes it onto the pending frees, and tries the flag once more. A thread that leaves the
 * region clears the flag and then checks the pending frees. All of these accesses are volatile, so at least one of the
 * two threads sees the other, and no claimed block is forgotten.
 *
 * <p>A retired region stays busy, so no thread enters it any more.
 *
 * <p>Counts only grow, and are written by the thread in the region. Counts of frees are written with release, after an
 * earlier thread in the region counted the block as served. So a thread that reads them first, with acquire, never sees
 * more frees than blocks served.
 */
final class Region {

    private static final Logger LOG = LoggerFactory.getLogger(Region.class);

    /** A region with its pending frees, estimated for compressed references; and its chunk. */
    private static final int METADATA_BYTES = 128 + MeteredSource.METADATA_BYTES_PER_CHUNK;

    /** The result of {@link #tryTake} if another thread is in the region. */
    static final int BUSY = -2;

    /** How often a thread tries the flag if it would have to copy a large block otherwise. */
    private static final int BRIEFLY = 100;

    private static final VarHandle IS_BUSY = VarHandles.of(MethodHandles.lookup(), "busy", boolean.class);
    private static final VarHandle FREED = VarHandles.of(MethodHandles.lookup(), "freed", long.class);
    private static final VarHandle FREED_BYTES = VarHandles.of(MethodHandles.lookup(), "freedBytes", long.class);

    private final RegionSupply supply;
    private final MemorySource.Chunk chunk;
    private final MemorySegment memory;
    private final long address;
    private final long byteSize;
    private final RegionLayout layout;
    private final int granuleShift;
    private final RegionCore core;
    private final PendingFrees pending = new PendingFrees();

    /** The thread that made a new region is in it. */
    private volatile boolean busy = true;

    /** Set once, by the thread in the region. From then on the region stays busy. */
    private volatile boolean retired;

    /** Guarded by this: whether the memory was released. */
    private boolean released;

    /** {@link RegionCore#room} when the region was last left. Written in the region; a hint for any other thread. */
    private int room;

    /** Its index among the regions. A hint: it may have changed. */
    volatile int index;

    /** Whether the region was taken for a request, which it then serves first. */
    private boolean takenForARequest;

    private long served;
    private long servedBytes;
    private long freed;
    private long freedBytes;

    Region(RegionSupply supply, MemorySource.Chunk chunk, RegionLayout layout) {
        this.supply = supply;
        this.chunk = chunk;
        memory = chunk.memory();
        address = memory.address();
        byteSize = memory.byteSize();
        this.layout = layout;
        granuleShift = layout.granuleShift();
        core = layout.core(byteSize);
    }

    /** The block that starts at a granule, with a size. */
    MemorySegment block(int start, long size) {
        return memory.asSlice(offsetOf(start), size);
    }

    /** The block at an address, with a size. */
    MemorySegment blockAt(long blockAddress, long size) {
        return memory.asSlice(blockAddress - address, size);
    }

    long address() {
        return address;
    }

    long byteSize() {
        return byteSize;
    }

    /** The bytes that it takes from the source. */
    long takenBytes() {
        return chunk.takenBytes();
    }

    RegionCore core() {
        return core;
    }

    /** A lower bound of the longest free run in granules, as of when the region was last left. */
    int room() {
        return room;
    }

    /** Whether no block lies in it. A hint for threads outside the region. */
    boolean isIdle() {
        return core.blocks() == 0;
    }

    boolean contains(long other) {
        return Long.compareUnsigned(other - address, byteSize) < 0;
    }

    /** Where a granule starts, in bytes from the start of the memory. */
    long offsetOf(int granule) {
        return (long) granule << granuleShift;
    }

    long addressOf(int granule) {
        return address + offsetOf(granule);
    }

    /** The granule that an address in the region lies in. */
    private int granuleAround(long blockAddress) {
        return (int) ((blockAddress - address) >>> granuleShift);
    }

    /** The granule that starts at an address in the region, or {@link RegionCore#NONE}. */
    private int granuleAt(long blockAddress) {
        int granule = granuleAround(blockAddress);
        return addressOf(granule) == blockAddress ? granule : RegionCore.NONE;
    }

    /** Whether a live block starts at an address in the region. */
    boolean isLive(long blockAddress) {
        int granule = granuleAt(blockAddress);
        return granule != RegionCore.NONE && core.isLive(granule);
    }

    /** The bytes of the granules of a live block, or -1 if none starts at an address. */
    long allocatedSize(long blockAddress) {
        int granule = granuleAt(blockAddress);
        return granule != RegionCore.NONE && core.isLive(granule)
                ? offsetOf(core.lengthOf(granule))
                : InvalidBlockException.UNKNOWN_SIZE;
    }

    /** Enters the region if no thread is in it. Never waits. */
    boolean tryEnter() {
        return !busy && IS_BUSY.compareAndSet(this, false, true);
    }

    /** The same, with a few tries, because the thread inside may be about to leave. */
    private boolean tryEnterBriefly() {
        for (int i = 0; i < BRIEFLY; i++) {
            if (tryEnter()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /**
     * Enters the region as soon as no other thread is in it, and collects pending frees. For operations that neither
     * allocate nor free.
     *
     * @return false if it is retired
     */
    @SuppressWarnings("ThreadPriorityCheck") // speed, not correctness, depends on the scheduler
    private boolean enter() {
        while (!tryEnter()) {
            if (retired) {
                return false;
            }
            Thread.yield();
        }
        collect();
        return true;
    }

    /**
     * Leaves the region, frees blocks that others have claimed meanwhile, and notifies the supply if there is more room
     * than before or no block.
     */
    void leave() {
        int before = room;
        boolean idle = leaveUntold();
        int after = room;
        if (after > before) {
            supply.roomAt(this, after);
        }
        if (idle) {
            supply.becameIdle();
        }
    }

    /** Leaves the region without notifying the supply. Returns whether it had no block then. */
    boolean leaveUntold() {
        while (true) {
            room = core.room(); // a benign race with threads that search for room
            boolean idle = isIdle();
            busy = false;
            if (pending.isEmpty() || !tryEnter()) {
                return idle;
            }
            collect();
        }
    }

    /**
     * Takes a block if there is room and no thread is in the region.
     *
     * @return its first granule, {@link RegionCore#NONE} or {@link #BUSY}
     */
    int tryTake(long requestedBytes, long byteAlignment) {
        if (!tryEnter()) {
            return retired ? RegionCore.NONE : BUSY;
        }
        return served(core.take(layout.granules(requestedBytes), layout.alignment(byteAlignment)), requestedBytes);
    }

    /**
     * Takes a block anywhere in the region.
     *
     * @return its first granule or {@link RegionCore#NONE}
     */
    int takeTight(long requestedBytes, long byteAlignment) {
        int length = layout.granules(requestedBytes);
        if (core.length() - core.used() < length || !tryEnterBriefly()) {
            return RegionCore.NONE;
        }
        return served(core.takeTight(length, layout.alignment(byteAlignment)), requestedBytes);
    }

    /**
     * Takes the block for which the region was taken, and returns its first granule. For the thread that made the
     * region.
     */
    int takeFirst(long requestedBytes, long byteAlignment) {
        takenForARequest = true;
        int start = served(core.take(layout.granules(requestedBytes), layout.alignment(byteAlignment)), requestedBytes);
        if (start == RegionCore.NONE) {
            throw new AssertionError("a new region of " + byteSize + " bytes has no room for " + requestedBytes);
        }
        return start;
    }

    private int served(int start, long requestedBytes) {
        if (start != RegionCore.NONE) {
            served++;
            servedBytes += requestedBytes;
        }
        leave();
        return start;
    }

    /**
     * Frees a block.
     *
     * @param blockAddress any address in the region
     * @param requestedBytes the requested size
     * @return false if no live block starts at the address
     */
    boolean free(long blockAddress, long requestedBytes) {
        int start = granuleAt(blockAddress);
        if (start == RegionCore.NONE || !core.claim(start)) {
            return false;
        }
        if (tryEnter()) {
            free(start, requestedBytes);
        } else {
            pending.push(start, requestedBytes);
            if (!tryEnter()) {
                return true; // the thread inside checks pending frees after it left
            }
            collect();
        }
        leave();
        return true;
    }

    /** Frees a claimed block. Only for the thread in the region. */
    private void free(int start, long requestedBytes) {
        core.release(start);
        FREED_BYTES.setRelease(this, freedBytes + requestedBytes);
        FREED.setRelease(this, freed + 1);
    }

    /** Frees pending blocks. Only for the thread in the region. */
    void collect() {
        for (var element = pending.takeAll(); element != null; element = element.below()) {
            free(element.start(), element.byteSize());
        }
    }

    /** Changes the size of a live block in its place; false if that cannot be done now. */
    boolean resize(long blockAddress, long oldSize, long newSize) {
        if (!tryEnterBriefly()) {
            return false;
        }
        try {
            int start = granuleAt(blockAddress);
            if (!core.isLive(start) || !core.resize(start, layout.granules(newSize))) {
                return false;
            }
            if (newSize >= oldSize) {
                servedBytes += newSize - oldSize;
            } else {
                FREED_BYTES.setRelease(this, freedBytes + oldSize - newSize);
            }
            return true;
        } finally {
            leave();
        }
    }

    /** Retires the region: no thread enters it from now on. Only for the thread in the region. */
    void retire() {
        retired = true;
    }

    /** The figures of this region so far, without metadata, which ends with the region. */
    AllocatorStats stats() {
        long frees = (long) FREED.getAcquire(this); // first, so that each of them is among the served blocks
        long bytesOfFrees = (long) FREED_BYTES.getAcquire(this);
        long blocks = served;
        long misses = takenForARequest && blocks > 0 ? 1 : 0;
        return AllocatorStats.builder()
                .requestedBytes(servedBytes - bytesOfFrees)
                .allocatedBytes(offsetOf(core.used()))
                .liveBlocks(blocks - frees)
                .allocations(blocks)
                .misses(misses)
                .build();
    }

    /** Shows a visitor the chunk, every live block, and every free run. Other threads skip the region meanwhile. */
    void inspect(Visitor visitor) {
        if (!enter()) {
            return;
        }
        long[] blocks;
        try {
            blocks = blocks();
        } finally {
            leave();
        }
        visitor.chunk(address, byteSize); // not in the region: the visitor may use the allocator
        int end = 0;
        for (long block : blocks) {
            int start = (int) (block >>> Integer.SIZE);
            int length = (int) block;
            tellFree(end, start, visitor);
            visitor.live(addressOf(start), offsetOf(length));
            end = start + length;
        }
        tellFree(end, core.length(), visitor);
    }

    private void tellFree(int from, int to, Visitor visitor) {
        if (from < to) {
            visitor.free(addressOf(from), offsetOf(to - from));
        }
    }

    /** Start and length of each live block, in two halves of a long. Only for the thread in the region. */
    private long[] blocks() {
        LongStream.Builder blocks = LongStream.builder();
        int start = core.nextLive(0);
        while (start != RegionCore.NONE) {
            int length = core.lengthOf(start);
            blocks.add(((long) start << Integer.SIZE) | length);
            start = core.nextLive(start + length);
        }
        return blocks.build().toArray();
    }

    /** Returns what is wrong with an address in the region that is no live block. */
    InvalidBlockException whatIsWrongWith(long blockAddress) {
        if (!enter()) {
            return InvalidBlockException.foreign(blockAddress);
        }
        try {
            int around = granuleAround(blockAddress);
            int start = core.previousLive(around);
            boolean inBlock = start != RegionCore.NONE && around < start + core.lengthOf(start);
            return inBlock && blockAddress != addressOf(start)
                    ? InvalidBlockException.noBlockStart(blockAddress, offsetOf(core.lengthOf(start)), addressOf(start))
                    : InvalidBlockException.freedTwice(blockAddress, InvalidBlockException.UNKNOWN_SIZE);
        } finally {
            leave();
        }
    }

    /**
     * Releases the memory.
     *
     * @return false if a foreign call uses it now; a later call may succeed
     */
    boolean tryClose() {
        try {
            close();
            return true;
        } catch (IllegalStateException e) {
            LOG.warn("A region cannot be released now: a foreign call uses it", e);
            return false;
        }
    }

    /**
     * Releases the memory, once.
     *
     * @throws IllegalStateException if a foreign call uses it now
     */
    synchronized void close() {
        if (!released) {
            chunk.close();
            released = true;
        }
    }

    long metadataBytes() {
        return METADATA_BYTES + core.metadataBytes();
    }
}
