package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.Holdable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The common part of both kinds of arena over an allocator: an arena of the JDK, whose scope the blocks get, and the
 * allocator that they come from. Contract: {@link Allocators#arena}.
 */
abstract sealed class AllocatorArena implements Arena permits ConfinedArena, SharedArena {

    /** The size of the first chunk: a page, which is enough for most arenas and small compared with a thread. */
    static final long SMALLEST_CHUNK = 4 * 1024;

    /**
     * Half of the 64 KiB up to which strategies serve blocks without going upstream. So a chunk stays below 64 KiB with
     * a header or redzone of a decorator.
     */
    static final long LARGEST_CHUNK = 32 * 1024;

    /** A cache line. Chunks start on one, and requests that are aligned more strictly get a block of their own. */
    static final long CHUNK_ALIGNMENT = 64;

    final Allocator allocator;
    final Arena arena;
    final boolean zeroing;

    /** The allocator that this holds open until it has freed all blocks; null if none. */
    private final AtomicReference<@Nullable Holdable> held;

    AllocatorArena(Allocator allocator, Arena arena, boolean zeroing) {
        this.allocator = allocator;
        this.arena = arena;
        this.zeroing = zeroing;
        Holdable holdable = allocator.as(Holdable.class).orElse(null);
        if (holdable != null) {
            holdable.hold();
        }
        held = new AtomicReference<>(holdable);
    }

    /**
     * The size of the next chunk: about all that was taken before, and a page. So the number of chunks grows with the
     * logarithm of the memory until chunks have their largest size, and unused memory is little more than used memory.
     * If only chunks are taken, each is twice the last. An allocator that keeps one block of each size ready can serve
     * all of them.
     */
    static long chunkSize(long takenBytes) {
        return Math.clamp(Long.highestOneBit(takenBytes + SMALLEST_CHUNK), SMALLEST_CHUNK, LARGEST_CHUNK);
    }

    /** Whether a request is cut from a chunk of that size, and gets no block of its own. */
    static boolean isSmall(long byteSize, long byteAlignment, long chunkSize) {
        return byteSize <= chunkSize / 2 && byteAlignment <= CHUNK_ALIGNMENT;
    }

    /** The first address at or above {@code address} with the alignment, a power of two. */
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
            // SAFETY: address and size are those of a live block. Only this arena knows the block, and it frees it
            // after its own close. Until then it holds the allocator open. The caller must not close an allocator that
            // cannot be held, and must not rewind one behind the block: Allocators.arena says so.
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
            if (!arena.scope().isAlive()) { // also if a cleanup action of a client failed
                try {
                    freeAll();
                } finally {
                    letClose();
                }
            }
        }
    }

    private void letClose() {
        Holdable holdable = held.getAndSet(null); // once, also if many threads close
        if (holdable != null) {
            holdable.release();
        }
    }

    /** Frees all blocks that were taken, each once. They cannot be accessed any more. */
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
