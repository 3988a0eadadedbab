package dev.ashlar.netty;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.compose.Hardened;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.support.FailedFree;
import dev.ashlar.api.support.LeakReport;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.spi.support.Closing;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Netty's buffers from any allocator. A direct buffer is a block, so it counts against the limits that the allocator
 * has, and against no bound of Netty.
 *
 * {@snippet class="dev.ashlar.verification.shown.NettyCodeTest" region="server"}
 *
 * <p><b>Event loops</b> keep released buffers with their blocks: capacities that are powers of two, up to a number of
 * bytes for each event loop. So most requests of an event loop cost no call of the allocator, and no object. Kept
 * blocks are live for the allocator and its limits. An event loop frees them when it ends, and before a request of its
 * own would be refused. It keeps none over an allocator that is {@link Hardened} or {@link Tracked}, so these see each
 * release at once. Other threads keep nothing.
 *
 * <p><b>Growth.</b> A buffer stays in its block as far as that has room, and gets a larger block then. One that shrinks
 * to half of its block or less gets a smaller one, unless the block is small.
 *
 * <p><b>Heap buffers</b> have arrays of the Java heap, which count against no limit. Arrays of {@value
 * ArrayPool#SMALLEST} bytes to {@value ArrayPool#LARGEST} bytes whose size is a power of two are pooled, with at most
 * {@value ArrayPool#IDLE_BYTES} bytes of each size ready. The contents of new buffers are undefined, as with all pooled
 * buffers of Netty.
 *
 * <p><b>Refusals.</b> Where the allocator refuses a block, the request throws {@link AllocationError}. Netty closes a
 * channel whose read fails with it, and the others go on.
 *
 * <p><b>Leaks.</b> Buffers are sampled by Netty's leak detector, as set by {@code io.netty.leakDetection.level}. See
 * {@link #close} too.
 *
 * <p>Safe for use by many threads. A buffer may be released by any of them.
 */
public final class AshlarByteBufAllocator extends AbstractByteBufAllocator
        implements ByteBufAllocatorMetricProvider, AutoCloseable {

    /** Of each block: that of the largest primitive. */
    private static final long ALIGNMENT = Long.BYTES;

    private final Allocator allocator;
    private final boolean isOwned;
    private final int eventLoopBytes;

    private final Set<EventLoopBuffers> eventLoops = ConcurrentHashMap.newKeySet();

    private final FastThreadLocal<EventLoopBuffers> eventLoop = new FastThreadLocal<>() {
        @Override
        protected EventLoopBuffers initialValue() {
            EventLoopBuffers buffers = new EventLoopBuffers(AshlarByteBufAllocator.this, eventLoopBytes);
            eventLoops.add(buffers);
            return buffers;
        }

        @Override
        protected void onRemoval(EventLoopBuffers buffers) {
            eventLoops.remove(buffers);
            buffers.close();
        }
    };

    /** Blocks taken from the allocator and not freed, with those that event loops keep. */
    private final LongAdder heldBlocks = new LongAdder();

    private final LongAdder heldBytes = new LongAdder();

    final ArrayPool arrays = new ArrayPool();

    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Buffers from an allocator, direct ones by default. The caller closes the allocator, after this. To give Netty a
     * share of a larger allocator, pass a view of it.
     *
     * @param allocator serves the blocks of direct buffers
     */
    public AshlarByteBufAllocator(Allocator allocator) {
        this(allocator, true, EventLoopBuffers.DEFAULT_BYTES);
    }

    /**
     * The same with settings.
     *
     * @param allocator serves the blocks of direct buffers
     * @param preferDirect whether {@link #buffer()} makes direct buffers; those for I/O always are
     * @param eventLoopBytes the most bytes that an event loop keeps, 0 or more. The default is 64 KiB
     * @throws IllegalArgumentException if the number of bytes is negative
     */
    public AshlarByteBufAllocator(Allocator allocator, boolean preferDirect, int eventLoopBytes) {
        this(allocator, false, preferDirect, eventLoopBytes);
    }

    private AshlarByteBufAllocator(Allocator allocator, boolean isOwned, boolean preferDirect, int eventLoopBytes) {
        super(preferDirect);
        if (eventLoopBytes < 0) {
            throw new IllegalArgumentException("eventLoopBytes is " + eventLoopBytes + ", must be 0 or more");
        }
        boolean isWatched = allocator.as(Hardened.class).isPresent()
                || allocator.as(Tracked.class).isPresent();
        this.allocator = allocator;
        this.isOwned = isOwned;
        this.eventLoopBytes = isWatched ? 0 : eventLoopBytes;
    }

    /**
     * Buffers from an allocator of the installed strategies, as {@link Ashlar#allocator()} makes it. It is closed with
     * this.
     */
    public static AshlarByteBufAllocator standard() {
        return new AshlarByteBufAllocator(Ashlar.allocator(), true, true, EventLoopBuffers.DEFAULT_BYTES);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        requireOpen();
        EventLoopBuffers mine = mine();
        ByteBuf kept = mine == null ? null : mine.tryOpen(initialCapacity, maxCapacity);
        return toLeakAwareBuffer(kept != null ? kept : new DirectBuffer(this, mine, initialCapacity, maxCapacity));
    }

    /** The buffers of the calling thread, or null if it is no event loop. */
    private @Nullable EventLoopBuffers mine() {
        return Thread.currentThread() instanceof FastThreadLocalThread ? eventLoop.get() : null;
    }

    private void requireOpen() {
        if (isClosed()) {
            throw new IllegalStateException("This allocator of buffers is closed. Its buffers can still be released.");
        }
    }

    boolean isClosed() {
        return closed.get() || allocator.isClosed();
    }

    /** A block with room for a capacity, and for more if that takes no more memory. */
    Block newBlock(int capacity) {
        requireOpen();
        long byteSize = Math.min(allocator.goodSize(capacity, ALIGNMENT), Integer.MAX_VALUE);
        MemorySegment memory = allocator.tryAllocate(byteSize, ALIGNMENT);
        EventLoopBuffers mine = memory == null ? mine() : null;
        if (mine != null && mine.evict()) {
            memory = allocator.tryAllocate(byteSize, ALIGNMENT);
        }
        if (memory == null) {
            throw new AllocationError(allocator.refusal(byteSize, ALIGNMENT));
        }
        hold(1, byteSize);
        return new Block(this, memory, capacity);
    }

    private void hold(long blocks, long bytes) {
        heldBlocks.add(blocks);
        heldBytes.add(bytes);
    }

    void free(MemorySegment memory) {
        try {
            allocator.free(memory);
            hold(-1, -memory.byteSize());
        } catch (RuntimeException | Error e) {
            boolean isGone = FailedFree.isGone(e, allocator);
            if (isGone) {
                hold(-1, -memory.byteSize());
            }
            // Netty releases buffers late, when their allocator may be closed, and expects no exception.
            if (!(isGone && e instanceof IllegalStateException)) {
                throw e;
            }
        }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        requireOpen();
        return toLeakAwareBuffer(new HeapBuffer(this, initialCapacity, maxCapacity));
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    /**
     * What Netty has of memory now: of direct memory the blocks that are in buffers or kept by event loops, of the heap
     * the arrays that are in buffers or ready. This is Netty's share alone, also if others use the allocator. Exact
     * when no thread is at work.
     */
    @Override
    public ByteBufAllocatorMetric metric() {
        return new ByteBufAllocatorMetric() {
            @Override
            public long usedHeapMemory() {
                return arrays.byteSize();
            }

            @Override
            public long usedDirectMemory() {
                return heldBytes.sum();
            }
        };
    }

    /**
     * Makes no buffers any more. Buffers that are not released are logged to the {@link System.Logger} named {@code
     * dev.ashlar.leaks}: how many, their bytes, and their sizes if nobody else has blocks of the allocator. They can
     * still be released while the allocator is open. For the places that made them, pass an allocator of {@link
     * dev.ashlar.api.compose.Allocators#tracking}.
     *
     * <p>Shut down the event loops before, so that they free what they keep. One that runs on frees it at its next
     * release. Closing again does nothing.
     */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            eventLoop.remove();
            reportLive();
        }
        Closing.all(arrays::close, isOwned ? allocator::close : () -> {});
    }

    private void reportLive() {
        long kept = eventLoops.stream().mapToLong(EventLoopBuffers::keptBuffers).sum();
        long keptBytes =
                eventLoops.stream().mapToLong(EventLoopBuffers::keptBytes).sum();
        AllocatorStats live = AllocatorStats.builder()
                .liveBlocks(heldBlocks.sum() - kept)
                .requestedBytes(heldBytes.sum() - keptBytes)
                .build();
        LeakReport.closed(toString(), live, "They can be released while the allocator underneath is open.")
                .sizes(this::inspectIfAlone)
                .log();
    }

    /** Shows the blocks of the allocator, if all of them are in buffers of this. */
    private void inspectIfAlone(Inspectable.Visitor visitor) {
        long[] seen = new long[1];
        Inspectable walk = allocator.as(Inspectable.class).orElse(ignored -> {});
        walk.inspect(new Inspectable.Visitor() {
            @Override
            public void live(long address, long byteSize) {
                seen[0]++;
            }
        });
        if (seen[0] == heldBlocks.sum()) {
            walk.inspect(visitor);
        }
    }
}
