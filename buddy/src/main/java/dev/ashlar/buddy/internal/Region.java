package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.BlockCounters;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A chunk and the core that divides it, which one thread at a time holds.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Holding is a flag that is tried and not waited for. A thread that wants to allocate and finds a region held goes to
 * another. One that frees cannot: it {@linkplain RegionCore#claim claims} the block, which any thread may and only one
 * succeeds in, pushes it to the pending frees, and tries the flag once more. Who holds the region looks at the pending
 * frees after it has let go of the flag. The push, letting go and both looks are volatile, so at least one of the two sees
 * the other: no claimed block is left behind.
 *
 * <p>A region that was closed stays held for good, so nobody enters it any more.
 *
 * <p>The counters are those of the thread that holds the region; they and the core's figures may be read at any time.
 */
final class Region extends BlockCounters {

    private static final Logger LOG = LoggerFactory.getLogger(Region.class);

    /**
     * A region with its pending frees and counters (120 bytes), and what the source keeps of a chunk: two handles, a
     * segment, an arena with its session and list of resources (220). Estimated for compressed references.
     */
    private static final int METADATA_BYTES = 340;

    /** How often a thread that would have to copy a large block otherwise tries the flag. */
    private static final int BRIEFLY = 100;

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(Region.class, "held", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final MemorySource.Chunk chunk;
    private final MemorySegment memory;
    private final long address;
    private final long byteSize;
    private final int granuleShift;
    private final RegionCore core;
    private final PendingFrees pending = new PendingFrees();

    /** A new region is held by who made it. */
    private volatile boolean held = true;

    /** Set while held, once; from then on the region is held for good. */
    private volatile boolean closed;

    /** Guarded by this: whether the memory went back. */
    private boolean released;

    /** {@link RegionCore#room} when the region was last let go. Written while held; read by anybody as a hint. */
    private int room;

    /** Where it stands among the regions. A hint: it may have moved. */
    volatile int index;

    Region(MemorySource.Chunk chunk, Geometry geometry) {
        this.chunk = chunk;
        memory = chunk.memory();
        address = memory.address();
        byteSize = memory.byteSize();
        granuleShift = geometry.granuleShift();
        core = geometry.core(byteSize);
    }

    MemorySegment memory() {
        return memory;
    }

    long address() {
        return address;
    }

    long byteSize() {
        return byteSize;
    }

    RegionCore core() {
        return core;
    }

    /** The longest run that is surely free, in granules, as it was when the region was last let go. */
    int room() {
        return room;
    }

    /** Whether no block lies in it. A hint for who does not hold it. */
    boolean isIdle() {
        return core.blocks() == 0;
    }

    boolean isClosed() {
        return closed;
    }

    long addressOf(int granule) {
        return address + ((long) granule << granuleShift);
    }

    long bytes(int granules) {
        return (long) granules << granuleShift;
    }

    /** The granule that an address in the region lies in. */
    int granuleAround(long blockAddress) {
        return (int) ((blockAddress - address) >>> granuleShift);
    }

    /** The granule that starts at an address in the region, or {@link RegionCore#NONE}. */
    int granuleAt(long blockAddress) {
        int granule = granuleAround(blockAddress);
        return addressOf(granule) == blockAddress ? granule : RegionCore.NONE;
    }

    /** Whether a live block starts at an address in the region. */
    boolean isLive(long blockAddress) {
        int granule = granuleAt(blockAddress);
        return granule != RegionCore.NONE && core.isLive(granule);
    }

    /** Holds the region if nobody does. Never waits. */
    boolean tryHold() {
        return !held && HELD.compareAndSet(this, false, true);
    }

    /** The same, with some patience for who is about to let go. */
    boolean tryHoldBriefly() {
        for (int i = 0; i < BRIEFLY; i++) {
            if (tryHold()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /**
     * Holds the region as soon as nobody else does, and collects what is pending. For what is neither allocating nor freeing.
     *
     * @return false if it is closed
     */
    @SuppressWarnings("ThreadPriorityCheck") // speed, not correctness, depends on the scheduler
    boolean hold() {
        while (!tryHold()) {
            if (closed) {
                return false;
            }
            Thread.yield();
        }
        collect();
        return true;
    }

    /**
     * Lets go of the region, and releases what others have claimed meanwhile.
     *
     * @return whether the region had no block when it was let go
     */
    boolean letGo() {
        while (true) {
            room = core.room(); // a benign race with those who look for room
            boolean idle = isIdle();
            held = false;
            if (pending.isEmpty() || !tryHold()) {
                return idle;
            }
            collect();
        }
    }

    /** Takes a block. For who holds the region. */
    int take(int length, int alignment, long requestedBytes) {
        return count(core.take(length, alignment), requestedBytes);
    }

    /** Takes a block wherever there is room at all. For who holds the region. */
    int takeTight(int length, int alignment, long requestedBytes) {
        return count(core.takeTight(length, alignment), requestedBytes);
    }

    private int count(int start, long requestedBytes) {
        if (start != RegionCore.NONE) {
            allocated(requestedBytes);
        }
        return start;
    }

    /** Releases a claimed block. For who holds the region. */
    void release(int start, long requestedBytes) {
        core.release(start);
        freed(requestedBytes);
    }

    /** Leaves a claimed block to who holds the region. */
    void releaseLater(int start, long requestedBytes) {
        pending.push(start, requestedBytes);
    }

    /** Releases what is pending. For who holds the region. */
    void collect() {
        for (var element = pending.takeAll(); element != null; element = element.below()) {
            release(element.start(), element.byteSize());
        }
    }

    /** Keeps everybody out from now on. For who holds the region. */
    void retire() {
        closed = true;
    }

    /**
     * Releases the memory.
     *
     * @return false if a foreign call works on it now, in which case a later call may succeed
     */
    boolean tryClose() {
        try {
            close();
            return true;
        } catch (IllegalStateException e) {
            LOG.warn("A region cannot be given back now: a foreign call works on it", e);
            return false;
        }
    }

    /**
     * Releases the memory, once.
     *
     * @throws IllegalStateException if a foreign call works on it now
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
