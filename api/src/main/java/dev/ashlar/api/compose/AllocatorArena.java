package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What both kinds of arena over an allocator share: a real arena of the JDK, whose scope the blocks get, and where they
 * come from. Promises: {@link Allocators#arena}.
 */
abstract sealed class AllocatorArena implements Arena permits ConfinedArena, SharedArena {

    /** The first chunk, a page: enough for most arenas, and little beside what a thread has anyway. */
    static final long SMALLEST_CHUNK = 4 * 1024;

    /**
     * Half of the 64 KiB up to which strategies serve blocks without going upstream, so that a header or a redzone that
     * a decorator adds does not push a chunk over it.
     */
    static final long LARGEST_CHUNK = 32 * 1024;

    /** A cache line. Chunks start on one, and requests that are aligned more strictly get a block of their own. */
    static final long CHUNK_ALIGNMENT = 64;

    final Allocator allocator;
    final Arena arena;
    final boolean zeroing;

    AllocatorArena(Allocator allocator, Arena arena, boolean zeroing) {
        this.allocator = allocator;
        this.arena = arena;
        this.zeroing = zeroing;
    }

    /**
     * The size of the next chunk: about as much as was taken before and a page, so that the number of chunks grows with
     * the logarithm of the memory until they are as large as they get, and what is not used yet is little more than
     * what is. While nothing else is taken, each is twice the last: an allocator finds blocks of different sizes ready
     * where it keeps one of a size.
     */
    static long chunkSize(long takenBytes) {
        return Math.clamp(Long.highestOneBit(takenBytes + SMALLEST_CHUNK), SMALLEST_CHUNK, LARGEST_CHUNK);
    }

    /** Whether a request is to be cut from a chunk of that size and not taken on its own. */
    static boolean isSmall(long byteSize, long byteAlignment, long chunkSize) {
        return byteSize <= chunkSize / 2 && byteAlignment <= CHUNK_ALIGNMENT;
    }

    /** The first address from {@code address} on that has the alignment, a power of two. */
    static long alignUp(long address, long byteAlignment) {
        return (address + byteAlignment - 1) & -byteAlignment;
    }

    /** A block of the allocator's for one request. */
    final MemorySegment takeOwn(long byteSize, long byteAlignment) {
        return zeroing
                ? allocator.allocateZeroed(byteSize, byteAlignment)
                : allocator.allocate(byteSize, byteAlignment);
    }

    /** The same memory with this arena's scope. Frees the block if that is not possible. */
    @SuppressWarnings("restricted") // see SAFETY
    final MemorySegment onArena(MemorySegment block) {
        try {
            // SAFETY: address and size are those of a live block, which only this arena knows and frees only after the
            // arena is closed. That the allocator lives as long as the arena is the caller's part, stated in
            // Allocators.arena.
            return block.reinterpret(arena, null);
        } catch (RuntimeException e) {
            allocator.free(block);
            throw e;
        }
    }

    @Override
    public final MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public final void close() {
        try {
            arena.close();
        } finally {
            if (!arena.scope().isAlive()) { // also where a cleanup action of a client's failed
                freeAll();
            }
        }
    }

    /** Frees what was taken, each block once. Nobody can access it any more. */
    abstract void freeAll();

    /** Frees all blocks, also when the allocator refuses some. */
    final void freeAll(Iterable<MemorySegment> blocks) {
        RuntimeException failure = null;
        for (MemorySegment block : blocks) {
            try {
                allocator.free(block);
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
