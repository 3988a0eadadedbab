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
 * A chunk and the core that divides it, in which one thread at a time is.
 *
 * <h2>Concurrency</h2>
 *
 * <p>That a thread is in the region is a flag that is tried and not waited for. A thread that wants to allocate and
 * finds another in the region goes to another region. One that frees cannot: it {@linkplain RegionCore#claim claims}
 * the block, which any thread may and only one succeeds in, pushes it to the pending frees, and tries the flag once
 * more. Who leaves the region looks at the pending frees after it has cleared the flag. The push, clearing the flag and
 * both looks are volatile, so at least one of the two sees the other: no claimed block is left behind.
 *
 * <p>A region that was retired stays busy, so nobody enters it any more.
 *
 * <p>Counts only grow, and are written by the thread in the region. Those of frees are written with release, after the
 * block was counted as served by a thread that was in the region before: a thread that reads them first, with acquire,
 * never sees more frees than blocks served.
 */
final class Region {

    private static final Logger LOG = LoggerFactory.getLogger(Region.class);

    /** A region with its pending frees, estimated for compressed references; and its chunk. */
    private static final int METADATA_BYTES = 128 + MeteredSource.METADATA_BYTES_PER_CHUNK;

    /** What {@link #tryTake} tells if another thread is in the region. */
    static final int BUSY = -2;

    /** How often a thread that would have to copy a large block otherwise tries the flag. */
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

    /** Who made a new region is in it. */
    private volatile boolean busy = true;

    /** Set in the region, once; from then on it stays busy. */
    private volatile boolean retired;

    /** Guarded by this: whether the memory was released. */
    private boolean released;

    /** {@link RegionCore#room} when the region was last left. Written in the region; read by anybody as a hint. */
    private int room;

    /** Where it stands among the regions. A hint: it may have moved. */
    volatile int index;

    /** Whether the region was taken for a request, which then is the first that it serves. */
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

    /** The longest run that is surely free, in granules, as it was when the region was last left. */
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

    /** Enters the region if nobody is in it. Never waits. */
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
     * Enters the region as soon as nobody else is in it, and collects what is pending. For what is neither allocating
     * nor freeing.
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
     * Leaves the region, frees what others have claimed meanwhile, and tells the supply if there is more room than
     * before or no block.
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

    /** Leaves the region without telling the supply; whether it had no block then. */
    boolean leaveUntold() {
        while (true) {
            room = core.room(); // a benign race with those who look for room
            boolean idle = isIdle();
            busy = false;
            if (pending.isEmpty() || !tryEnter()) {
                return idle;
            }
            collect();
        }
    }

    /**
     * Takes a block if there is room and nobody in the region.
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
     * Takes a block wherever there is room at all.
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

    /** Takes the block for which the region was taken, and returns its first granule. For who made it. */
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
     * @param requestedBytes what the client had asked for
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
                return true; // the thread inside looks at what is pending after it left
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

    /** Frees what is pending. Only for the thread in the region. */
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

    /** Lets no thread in from now on. Only for the thread in the region. */
    void retire() {
        retired = true;
    }

    /** What was served and freed here so far. Without metadata, which ends with the region. */
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

    /** Tells a visitor of the chunk, every live block, and every free run. Others pass the region over meanwhile. */
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

    /** Says what is wrong with an address in the region that is no live block. */
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
     * @return false if a foreign call is at work on it now, in which case a later call may succeed
     */
    boolean tryClose() {
        try {
            close();
            return true;
        } catch (IllegalStateException e) {
            LOG.warn("A region cannot be released now: a foreign call is at work on it", e);
            return false;
        }
    }

    /**
     * Releases the memory, once.
     *
     * @throws IllegalStateException if a foreign call is at work on it now
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
