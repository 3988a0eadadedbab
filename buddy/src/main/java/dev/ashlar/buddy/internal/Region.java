package dev.ashlar.buddy.internal;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.Extent;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.RoomTable;
import dev.ashlar.spi.support.VarHandles;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
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
final class Region extends RoomTable.Member implements Extent {

    private static final Logger LOG = LoggerFactory.getLogger(Region.class);

    /** A region with its pending frees, estimated for compressed references; and its chunk. */
    private static final int METADATA_BYTES = 144 + MeteredSource.METADATA_BYTES_PER_CHUNK;

    /** The result of {@link #tryTake} if another thread is in the region. */
    static final int BUSY = -2;

    /** How often a thread tries the flag if it would have to copy a large block otherwise. */
    private static final int BRIEFLY = 100;

    private static final VarHandle IS_BUSY = VarHandles.of(MethodHandles.lookup(), "busy", boolean.class);
    private static final VarHandle CHANGED = VarHandles.of(MethodHandles.lookup(), "changed", boolean.class);
    private static final VarHandle FREED = VarHandles.of(MethodHandles.lookup(), "freed", long.class);
    private static final VarHandle FREED_BYTES = VarHandles.of(MethodHandles.lookup(), "freedBytes", long.class);

    private final RegionSupply supply;
    private final long number;
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

    /** The evacuation that chose it: it serves no block until that ends. */
    private volatile @Nullable Object evacuation;

    /** Guarded by this: whether the memory was released. */
    private boolean released;

    /** {@link RegionCore#room} when the region was last left. Written in the region. */
    private int room;

    /**
     * The shortest block of each alignment that was searched without success since a block was freed; null if none was.
     * Written in the region.
     */
    private int @Nullable [] refused;

    /** Whether that has become null since the region was last left. Only for the thread in the region. */
    private boolean hasTightRoom;

    /** Whether it is on the stack of changed regions. */
    private volatile boolean changed;

    /** The region below on that stack. Written by the thread that pushes this one. */
    @Nullable Region below;

    /** Its part of the requested bytes of all regions. Guarded by the {@link RegionTotals}. */
    long totalled;

    /** Whether the region was taken for a request, which it then serves first. */
    private boolean takenForARequest;

    private long served;
    private long servedBytes;
    private long freed;
    private long freedBytes;

    /**
     * A region without blocks, with the calling thread in it.
     *
     * @param number larger than that of every older region
     */
    Region(RegionSupply supply, long number, MemorySource.Chunk chunk, RegionLayout layout) {
        this.supply = supply;
        this.number = number;
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

    @Override
    public @Nullable Extent origin() {
        return MeteredSource.extentOf(chunk);
    }

    /** Whether a supply has taken it. */
    boolean isOf(RegionSupply of) {
        return supply == of;
    }

    @Override
    public boolean tryFree(long blockAddress, long requestedBytes) {
        if (!contains(blockAddress)) {
            return false; // another chunk starts behind it, in the same granule of the map
        }
        supply.requireOpen();
        if (!fits(blockAddress, requestedBytes)) {
            throw supply.wrongSize(blockAddress, requestedBytes, allocatedSize(blockAddress));
        }
        if (!free(blockAddress, requestedBytes)) {
            throw supply.invalidFree(whatIsWrongWith(blockAddress));
        }
        return true;
    }

    @Override
    public @Nullable MemorySegment tryResizeInPlace(MemorySegment block, long size, long byteAlignment) {
        supply.requireOpen();
        long blockAddress = block.address();
        if (!isLive(blockAddress)) {
            throw supply.invalidFree(whatIsWrongWith(blockAddress));
        }
        if (!fits(blockAddress, block.byteSize())) {
            throw supply.wrongSize(blockAddress, block.byteSize(), allocatedSize(blockAddress));
        }
        boolean mayStay = layout.fitsRegion(size, byteAlignment) && (blockAddress & (byteAlignment - 1)) == 0;
        return mayStay && resize(blockAddress, block.byteSize(), size) ? blockOf(blockAddress, size) : null;
    }

    @Override
    public @Nullable MemorySegment blockAt(long blockAddress, long size) {
        return size >= 0 && size <= allocatedSize(blockAddress) ? blockOf(blockAddress, size) : null;
    }

    private MemorySegment blockOf(long blockAddress, long size) {
        return memory.asSlice(blockAddress - address, size);
    }

    /** Whether a size can be that of the block at an address; also true if no live block starts there. */
    private boolean fits(long blockAddress, long requestedBytes) {
        if (Long.compareUnsigned(requestedBytes, layout.granule()) <= 0) { // any block is as large as that
            return true;
        }
        long allocated = allocatedSize(blockAddress);
        return allocated == InvalidBlockException.UNKNOWN_SIZE || Long.compareUnsigned(requestedBytes, allocated) <= 0;
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

    /**
     * A lower bound of the longest free run in granules, as of when the region was last left. A hint for threads
     * outside the region.
     */
    @Override
    protected int room() {
        boolean _ = busy; // volatile, so that what the last thread wrote that left is seen
        return evacuation == null ? room : 0;
    }

    /** Whether no block lies in it. A hint for threads outside the region. */
    boolean isIdle() {
        boolean _ = busy; // as above
        return core.blocks() == 0;
    }

    /** Serves no block until {@link #endEvacuation}; false if another evacuation has the region. */
    synchronized boolean evacuate(Object by) {
        if (evacuation != null || retired) {
            return false;
        }
        evacuation = by;
        return true;
    }

    /** Serves blocks again. */
    void endEvacuation() {
        evacuation = null;
        supply.list().noteRoom(this);
        supply.list().tight().noteRoom(this);
    }

    boolean isEvacuatedBy(Object by) {
        return evacuation == by;
    }

    /** Bytes of blocks. A hint for threads outside the region. */
    long liveBytes() {
        boolean _ = busy; // as in room()
        return offsetOf(core.used());
    }

    /** The order in which regions were taken. */
    long number() {
        return number;
    }

    /** Notes that it is on the stack of changed regions; false if it was there. */
    boolean pushed() {
        return !changed && CHANGED.compareAndSet(this, false, true);
    }

    /** Notes that it is on that stack no more. */
    void popped() {
        changed = false;
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

    /** The granule that starts at an address, or {@link RegionCore#NONE}: the address may lie behind the region. */
    private int granuleAt(long blockAddress) {
        int granule = granuleAround(blockAddress);
        return contains(blockAddress) && addressOf(granule) == blockAddress ? granule : RegionCore.NONE;
    }

    @Override
    public boolean isLive(long blockAddress) {
        int granule = granuleAt(blockAddress);
        return granule != RegionCore.NONE && core.isLive(granule);
    }

    /** {@inheritDoc} They are whole granules. */
    @Override
    public long allocatedSize(long blockAddress) {
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

    /** Leaves the region, frees blocks that others have claimed meanwhile, and notifies the supply if it is idle. */
    void leave() {
        if (leaveAsIs()) {
            supply.becameIdle();
        }
    }

    /** Leaves the region, which is retained if it is idle. Returns whether it was idle then. */
    boolean leaveAsIs() {
        while (true) {
            boolean isIdle = leaveOnce();
            if (pending.isEmpty() || !tryEnter()) {
                return isIdle;
            }
            collect();
        }
    }

    /**
     * Leaves the region, and then notes what changed. The leaf of the region is at least the room that was published
     * last, so less room than that needs no note.
     */
    private boolean leaveOnce() {
        int before = room;
        int now = core.room();
        boolean isIdle = core.blocks() == 0;
        boolean isTightRoomNew = hasTightRoom;
        hasTightRoom = false;
        room = now;
        busy = false;
        if (now > before) {
            supply.list().noteRoom(this);
        }
        if (isTightRoomNew) {
            supply.list().tight().noteRoom(this);
        }
        supply.totals().noteChange(this);
        return isIdle;
    }

    /**
     * Takes a block if there is room and no thread is in the region.
     *
     * @return its first granule, {@link RegionCore#NONE} or {@link #BUSY}
     */
    int tryTake(long requestedBytes, long byteAlignment) {
        if (evacuation != null) {
            return RegionCore.NONE;
        }
        if (!tryEnter()) {
            return retired ? RegionCore.NONE : BUSY;
        }
        return served(core.take(layout.granules(requestedBytes), layout.alignment(byteAlignment)), requestedBytes);
    }

    /**
     * Takes a block anywhere in the region.
     *
     * @param exponent that of the alignment in granules
     * @param length in granules
     * @return its first granule, {@link RegionCore#NONE} or {@link #BUSY}
     */
    int takeTight(int exponent, int length, long requestedBytes) {
        if (evacuation != null) {
            return RegionCore.NONE;
        }
        if (!tryEnterBriefly()) {
            return retired ? RegionCore.NONE : BUSY;
        }
        int start = core.length() - core.used() < length ? RegionCore.NONE : core.takeTight(length, 1 << exponent);
        if (start == RegionCore.NONE) {
            refused = refused == null ? new int[TightRoom.ALIGNMENTS] : refused;
            refused[exponent] = length;
        }
        return served(start, requestedBytes);
    }

    /**
     * The longest block with an alignment that {@link #takeTight} may find. A hint for threads outside the region.
     *
     * @param exponent that of the alignment in granules
     */
    int tightRoom(int exponent) {
        boolean _ = busy; // as in room()
        if (evacuation != null) {
            return 0;
        }
        int[] since = refused;
        return since == null || since[exponent] == 0 ? core.length() : since[exponent] - 1;
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
        forgetRefused();
        FREED_BYTES.setRelease(this, freedBytes + requestedBytes);
        FREED.setRelease(this, freed + 1);
    }

    /** Granules became free, so what was refused may be served. Only for the thread in the region. */
    private void forgetRefused() {
        if (refused != null) {
            refused = null;
            hasTightRoom = true;
        }
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
                forgetRefused();
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

    /** Whether no thread enters it any more. */
    boolean isRetired() {
        return retired;
    }

    /** The requested bytes of its live blocks. For any thread; exact while no thread is in the region. */
    long requestedBytes() {
        long bytesOfFrees = (long) FREED_BYTES.getAcquire(this);
        return servedBytes - bytesOfFrees;
    }

    /** The figures of this region so far, without metadata, which ends with the region. */
    AllocatorStats stats() {
        long frees = (long) FREED.getAcquire(this); // first, so that each of them is among the served blocks
        long requested = requestedBytes();
        long blocks = served;
        long misses = takenForARequest && blocks > 0 ? 1 : 0;
        return AllocatorStats.builder()
                .requestedBytes(requested)
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
