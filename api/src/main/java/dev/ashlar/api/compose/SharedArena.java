package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.Zeros;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * An arena for all threads over an allocator.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Blocks are cut from the current chunk by a CAS on its {@code next}. A thread that finds the chunk full takes
 * another one from the allocator and makes it the current one by a CAS. If several do so at once, one wins and the
 * others free theirs, so no thread waits. Each thread zeroes its own block.
 *
 * <p>Blocks that were taken are recorded on a stack. A close replaces the stack by {@link #CLOSED}. A thread that
 * pushes a block after that finds this mark and frees the block itself. So each block is freed once: by the closing
 * thread if its record was pushed before, otherwise by the thread that took it. A block is freed only after the JDK's
 * arena is closed. From then on no thread can access it, not even through a slice that it got before.
 */
final class SharedArena extends AllocatorArena {

    /** One block as the allocator handed it out, linked to those that were taken before. */
    private record Taken(
            MemorySegment block,
            long bytesWithBelow,
            @Nullable Taken below) {}

    /** A chunk that blocks are cut from, with this arena's scope. */
    private static final class Chunk {

        final MemorySegment memory;
        final long base;
        final long limit;

        /** Blocks that were cut lie below this address. */
        final AtomicLong next;

        Chunk(MemorySegment memory) {
            this.memory = memory;
            base = memory.address();
            limit = base + memory.byteSize();
            next = new AtomicLong(base);
        }
    }

    private static final Chunk NO_CHUNK = new Chunk(MemorySegment.NULL);

    /** Replaces the stack once the arena is closed. */
    private static final Taken CLOSED = new Taken(MemorySegment.NULL, 0, null);

    private final AtomicReference<@Nullable Taken> taken = new AtomicReference<>();
    private final AtomicReference<Chunk> current = new AtomicReference<>(NO_CHUNK);

    SharedArena(Allocator allocator, boolean zeroing) {
        NativeAccess.require();
        super(allocator, Arena.ofShared(), zeroing);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteSize == 0) {
            return allocate(1, byteAlignment).asSlice(0, 0); // an address of its own
        }
        while (true) {
            Chunk chunk = current.get();
            long next = chunk.next.get();
            long start = alignUp(next, byteAlignment);
            if (byteSize > chunk.limit - start) {
                MemorySegment own = refillOrTakeOwn(chunk, byteSize, byteAlignment);
                if (own != null) {
                    return own;
                }
            } else if (chunk.next.compareAndSet(next, start + byteSize)) {
                requireOpen();
                MemorySegment block = chunk.memory.asSlice(start - chunk.base, byteSize);
                return zeroing ? Zeros.writeTo(block) : block;
            }
        }
    }

    /** A block for the request, or null if there is now another chunk to cut it from. */
    private @Nullable MemorySegment refillOrTakeOwn(Chunk full, long byteSize, long byteAlignment) {
        requireOpen();
        Taken top = taken.get();
        long chunkSize = chunkSize(top == null ? 0 : top.bytesWithBelow);
        if (isSmall(byteSize, byteAlignment, chunkSize)) {
            MemorySegment block = allocator.tryAllocate(chunkSize, CHUNK_ALIGNMENT);
            if (block != null) {
                refill(full, block);
                return null;
            }
        }
        MemorySegment block = takeOwn(byteSize, byteAlignment);
        MemorySegment mine = onArena(block);
        record(block);
        return mine;
    }

    private void refill(Chunk full, MemorySegment block) {
        Chunk chunk = new Chunk(onArena(block));
        if (current.compareAndSet(full, chunk)) {
            record(block);
        } else {
            allocator.free(block);
        }
    }

    private void record(MemorySegment block) {
        while (true) {
            Taken top = taken.get();
            if (top == CLOSED) {
                allocator.free(block); // the arena was closed before the mark was set
                throw closed();
            }
            long bytes = block.byteSize() + (top == null ? 0 : top.bytesWithBelow);
            if (taken.compareAndSet(top, new Taken(block, bytes, top))) {
                return;
            }
        }
    }

    private void requireOpen() {
        if (!arena.scope().isAlive()) {
            throw closed();
        }
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("This arena is closed");
    }

    @Override
    void freeAll() {
        List<MemorySegment> blocks = new ArrayList<>();
        for (Taken top = taken.getAndSet(CLOSED); top != null && top != CLOSED; top = top.below) {
            blocks.add(top.block);
        }
        freeAll(blocks);
    }
}
