package dev.ashlar.nativememory.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The allocator of a C library as an {@link Allocator}.
 *
 * <p>Checks. The library knows its blocks, and this class keeps no books. A free of anything but a live block is
 * undefined: it may end the process, or hand one block out twice later.
 *
 * <p>Figures. {@link #stats} has what the library says of the whole process. It counts no single blocks.
 *
 * <p>Closing. The library belongs to the process. So a close ends requests only: live blocks stay accessible, and can
 * still be freed.
 *
 * <p>Cost. Each call is one call of the library, and three comparisons. A subclass makes the calls, because a handle is
 * only compiled into its caller if it is a constant: see {@link CAllocatorCalls}.
 *
 * <p>Safe for use by many threads, as the libraries are.
 */
abstract class CAllocator implements Allocator, AddressAllocator {

    /** What malloc aligns every block to that is at least as large: the alignment of C's max_align_t. */
    private static final long NATURAL_ALIGNMENT = 16;

    /** Below every block: no system gives a process its first page. */
    private static final long FIRST_PAGE = 4096;

    /** Alignments and sizes beyond this are in no machine's address space. Sums of two such values do not overflow. */
    private static final long ADDRESS_SPACE = 1L << 56;

    private static final MemorySegment EVERYTHING = everything();

    private final String name;
    private final LibraryFigures figures;
    private volatile boolean closed;

    CAllocator(String name, LibraryFigures figures) {
        this.name = name;
        this.figures = figures;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        // SAFETY: only slices at addresses of live blocks, of their sizes, leave this class.
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /** Calls {@code malloc}. */
    abstract long call(long byteSize);

    /** Calls {@code aligned_alloc}. */
    abstract long callAligned(long byteAlignment, long byteSize);

    /** Calls {@code free}. */
    abstract void callFree(long address, long byteSize);

    @Override
    public final Allocator allocator() {
        return this;
    }

    @Override
    public final long tryAllocateAddress(long byteSize, long byteAlignment) {
        requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
        // A block has room for an object of that alignment, so it has the alignment, and an address of its own.
        return byteAlignment <= NATURAL_ALIGNMENT
                ? call(Math.max(byteSize, byteAlignment))
                : tryAllocateAligned(byteSize, byteAlignment);
    }

    private long tryAllocateAligned(long byteSize, long byteAlignment) {
        if (byteSize > ADDRESS_SPACE || byteAlignment > ADDRESS_SPACE) {
            return NULL;
        }
        long multiple = (Math.max(byteSize, 1) + byteAlignment - 1) & -byteAlignment; // as C demands
        long address = callAligned(byteAlignment, multiple);
        if ((address & (byteAlignment - 1)) == 0) {
            return address;
        }
        // mimalloc 2.0 aligns some blocks whose size is a multiple of the alignment to 128 only. It aligns all others.
        callFree(address, multiple);
        return callAligned(byteAlignment, multiple + 1);
    }

    @Override
    public final void freeAddress(long address, long byteSize) {
        Allocator.requireValid(byteSize, 1);
        callFree(address, byteSize);
    }

    @Override
    public final @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        return address == NULL ? null : EVERYTHING.asSlice(address, byteSize);
    }

    @Override
    public final void free(MemorySegment block) {
        callFree(block.address(), block.byteSize());
    }

    @Override
    public final @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        requireOpen();
        return Allocator.super.tryAllocateAll(byteSizes, byteAlignment);
    }

    /** {@inheritDoc} Blocks that are in the batch twice are refused. Whether the others are live is not known. */
    @Override
    public final void freeAll(Collection<MemorySegment> blocks) {
        Allocator.super.freeAll(blocks);
    }

    @Override
    public final Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return Refusal.sourceExhausted(name, byteSize, byteAlignment, stats().committedBytes());
    }

    /** {@inheritDoc} The library does not say, so this is whether a block may start there. */
    @Override
    public final boolean isLive(long address) {
        return address >= FIRST_PAGE && address % Long.BYTES == 0;
    }

    @Override
    public final @Nullable MemorySegment blockAt(long address, long byteSize) {
        return isLive(address) && byteSize >= 0 && byteSize <= Long.MAX_VALUE - address
                ? EVERYTHING.asSlice(address, byteSize)
                : null;
    }

    /** {@inheritDoc} Of the whole process: see the class. */
    @Override
    public final AllocatorStats stats() {
        return figures.read();
    }

    /** {@inheritDoc} Of all users of the library. The result is an estimate if others use it now. */
    @Override
    public final long trim() {
        requireOpen();
        long before = stats().committedBytes();
        figures.release();
        return Math.max(0, before - stats().committedBytes());
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator '" + name + "' is closed.");
        }
    }

    @Override
    public final boolean isClosed() {
        return closed;
    }

    /** Ends requests. Live blocks stay live. */
    @Override
    public final void close() {
        closed = true;
    }
}
