package dev.ashlar.parquet;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.Ashlar;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of Parquet's readers and writers from blocks of any allocator. They are direct. A release finds the block
 * by its address, so it takes a buffer, or any slice or duplicate of it. Costs what {@link ByteBufferAllocator} costs.
 *
 * {@snippet class="dev.ashlar.verification.shown.ParquetCodeTest" region="parquet"}
 *
 * <p>All buffers count against {@link #limit()}. Safe for use by many threads, and for any number of readers and
 * writers.
 */
public final class ParquetBuffers implements org.apache.parquet.bytes.ByteBufferAllocator, AutoCloseable {

    private final @Nullable Allocator owned;
    private final Allocator view;
    private final ByteBufferAllocator buffers;

    private ParquetBuffers(@Nullable Allocator owned, Allocator view) {
        this.owned = owned;
        this.view = view;
        this.buffers = new ByteBufferAllocator(view);
    }

    /**
     * Buffers of an allocator, which count against a limit of the name {@code parquet} without a maximum. If the
     * allocator is a limited view, that limit is a child of the view's.
     *
     * @param allocator serves the blocks; the caller closes it afterwards
     */
    public static ParquetBuffers over(Allocator allocator) {
        return of(null, allocator);
    }

    /**
     * Buffers of an allocator, which count against a limit.
     *
     * @param allocator serves the blocks; the caller closes it afterwards
     * @param limit what the buffers count against; the caller closes it
     */
    public static ParquetBuffers over(Allocator allocator, Limit limit) {
        return new ParquetBuffers(null, Allocators.limited(allocator, limit));
    }

    /**
     * Buffers of an allocator of the standard strategy, as its properties configure it. It is closed with this.
     *
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     */
    public static ParquetBuffers standard() {
        Allocator allocator = Ashlar.allocator();
        return of(allocator, allocator);
    }

    private static ParquetBuffers of(@Nullable Allocator owned, Allocator allocator) {
        return new ParquetBuffers(owned, Allocators.limited(allocator, "parquet", AllocationException.NO_LIMIT));
    }

    /**
     * Hands out a buffer, whose bytes are not zeroed.
     *
     * @param size bytes, 0 or more
     * @throws IllegalArgumentException if it is negative
     * @throws AllocationException if there is no memory for it now; the refusal listeners of the limit were called
     * @throws IllegalStateException if this is closed
     */
    @Override
    public ByteBuffer allocate(int size) {
        return buffers.allocate(size);
    }

    /**
     * Frees the block of a buffer. This works after a close too, unless the allocator is closed.
     *
     * @param buffer one that was handed out here, or a slice or duplicate of one
     * @throws IllegalArgumentException if it is not direct
     * @throws dev.ashlar.api.InvalidBlockException if it lies in no live buffer of this; nothing changes
     */
    @Override
    public void release(ByteBuffer buffer) {
        buffers.free(buffer);
    }

    /** Always true. */
    @Override
    public boolean isDirect() {
        return true;
    }

    /** What all buffers count against. */
    public Limit limit() {
        return view.as(Limit.class).orElseThrow();
    }

    /** The figures of all buffers, as of {@link Allocators#limited(Allocator, Limit)}. Works after a close too. */
    public AllocatorStats stats() {
        return view.stats();
    }

    /**
     * Ends this: requests throw {@link IllegalStateException}. Buffers that are live stay so, and can be released,
     * unless the allocator is a {@link #standard} one, which is closed too. Their number and bytes are logged as a
     * warning to the {@link System.Logger} named {@code dev.ashlar.leaks}. Closing again does nothing.
     */
    @Override
    public void close() {
        view.close();
        if (owned != null) {
            owned.close();
        }
    }

    @Override
    public String toString() {
        return "Parquet buffers, " + limit();
    }
}
