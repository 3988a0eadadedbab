package dev.ashlar.jetty;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.support.FailedFree;
import dev.ashlar.api.support.LeakReport;
import dev.ashlar.spi.Ashlar;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.util.component.AbstractLifeCycle;

/**
 * Jetty's buffers from any allocator. A direct buffer is a block, from {@link #acquire} to the last {@link
 * RetainableByteBuffer#release}: the allocator does the pooling, and its limits count what is in use. Buffers on the
 * heap are Jetty's own pooled arrays, and count against no limit.
 *
 * {@snippet class="dev.ashlar.verification.shown.JettyCodeTest" region="server"}
 *
 * <p>Where the allocator refuses a block, {@link #acquire} throws {@link dev.ashlar.api.AllocationException}. Jetty
 * then fails the request or the connection that the buffer was for.
 *
 * <p>It is a bean that a server or client stops with itself. Buffers that are not released then are logged to the
 * {@link System.Logger} named {@code dev.ashlar.leaks}: how many, and their bytes. For the places that made them, pass
 * an allocator of {@link dev.ashlar.api.compose.Allocators#tracking}.
 *
 * <p>Safe for use by many threads. Give a server and a client pools of their own, which may share an allocator.
 */
public final class AshlarByteBufferPool extends AbstractLifeCycle implements ByteBufferPool {

    private final Allocator allocator;
    private final boolean isOwned;
    private final ByteBufferAllocator direct;
    private final ByteBufferPool heap = new ArrayByteBufferPool();

    private final LongAdder liveBuffers = new LongAdder();
    private final LongAdder liveBytes = new LongAdder();

    /**
     * Buffers from an allocator. The caller closes the allocator, after the server. To give Jetty a share of a larger
     * allocator, pass a view of it.
     *
     * @param allocator serves the blocks of direct buffers
     */
    public AshlarByteBufferPool(Allocator allocator) {
        this(allocator, false);
    }

    private AshlarByteBufferPool(Allocator allocator, boolean isOwned) {
        this.allocator = allocator;
        this.isOwned = isOwned;
        this.direct = new ByteBufferAllocator(allocator);
    }

    /**
     * Buffers from an allocator of the installed strategies, as {@link Ashlar#allocator()} makes it. It is closed when
     * this is stopped, and this cannot be started again.
     */
    public static AshlarByteBufferPool standard() {
        return new AshlarByteBufferPool(Ashlar.allocator(), true);
    }

    /**
     * Hands out an empty buffer. Its contents are undefined.
     *
     * @param size its capacity in bytes, 0 or more. One on the heap may be larger
     * @param isDirect whether it is a block
     * @throws dev.ashlar.api.AllocationException if a block is refused
     * @throws IllegalStateException if the allocator is closed
     */
    @Override
    public RetainableByteBuffer.Mutable acquire(int size, boolean isDirect) {
        if (!isDirect) {
            return heap.acquire(size, false);
        }
        ByteBuffer buffer = direct.allocate(size);
        count(1, size);
        return RetainableByteBuffer.wrap(buffer.limit(0), () -> free(buffer, size));
    }

    private void free(ByteBuffer buffer, int size) {
        try {
            direct.free(buffer);
            count(-1, -size);
        } catch (RuntimeException | Error e) {
            boolean isGone = FailedFree.isGone(e, allocator);
            if (isGone) {
                count(-1, -size);
            }
            if (!(isGone && e instanceof IllegalStateException)) { // the block may be gone with its allocator
                throw e;
            }
        }
    }

    private void count(long buffers, long bytes) {
        liveBuffers.add(buffers);
        liveBytes.add(bytes);
    }

    /**
     * Bytes of the direct buffers that are not released, also if others use the allocator. Exact if no thread works.
     */
    public long liveBytes() {
        return liveBytes.sum();
    }

    /** Evicts the arrays that are ready, and {@linkplain Allocator#trim() trims} the allocator. */
    @Override
    public void clear() {
        heap.clear();
        allocator.trim();
    }

    @Override
    protected void doStart() {
        if (allocator.isClosed()) {
            throw new IllegalStateException("The allocator of this pool is closed. Make another pool.");
        }
    }

    @Override
    protected void doStop() {
        AllocatorStats live = AllocatorStats.builder()
                .liveBlocks(liveBuffers.sum())
                .requestedBytes(liveBytes.sum())
                .build();
        LeakReport.closed("The pool of Jetty's buffers", live, "They can be released while the allocator is open.")
                .log();
        heap.clear();
        if (isOwned) {
            allocator.close();
        }
    }
}
