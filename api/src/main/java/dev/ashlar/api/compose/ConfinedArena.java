package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.Zeros;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * An arena for one thread over an allocator.
 *
 * <p>Blocks are cut from the current chunk by address. Invariant:
 *
 * <pre>{@code chunk.address() <= next <= clean <= limit}</pre>
 *
 * <p>Blocks lie below {@code next}, and from {@code next} to {@code clean} all bytes are zero. Memory is zeroed in
 * pieces. A call for each block would cost more than the writes, and zeroing the whole chunk at once would be wasted in
 * an arena that serves little. Without zeroing, {@code clean} is {@code limit} from the start. Once the arena is closed
 * there is no room, so the common path needs no check whether it is closed.
 */
final class ConfinedArena extends AllocatorArena {

    /**
     * Bytes zeroed beyond a block: so many that a call costs less than the writes, and so few that they are still in
     * the nearest cache when they are used.
     */
    private static final long AHEAD = 1024;

    private final Thread owner = Thread.currentThread();

    /** What was taken from the allocator, as it handed it out, the newest first. */
    private final Deque<MemorySegment> taken = new ArrayDeque<>(4);

    private long takenBytes;

    private MemorySegment chunk = MemorySegment.NULL;
    private long next;
    private long clean;
    private long limit;

    ConfinedArena(Allocator allocator, boolean zeroing) {
        NativeAccess.require();
        super(allocator, Arena.ofConfined(), zeroing);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long start = alignUp(next, byteAlignment);
        MemorySegment memory = chunk;
        long offset = start - memory.address();
        if (Thread.currentThread() == owner
                && byteSize > 0
                && byteSize <= clean - start
                && byteAlignment > 0
                && (byteAlignment & (byteAlignment - 1)) == 0) {
            next = start + byteSize;
        } else {
            memory = allocateSlowly(byteSize, byteAlignment);
            offset = 0;
        }
        return memory.asSlice(offset, byteSize); // the only one, so it can be removed if it does not escape
    }

    /**
     * Serves all other requests: those for which no clean memory is ready, and invalid ones. The returned segment
     * starts with the block.
     */
    private MemorySegment allocateSlowly(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        requireUsable();
        if (byteSize == 0) {
            return allocate(1, byteAlignment); // for an address of its own
        }
        long start = alignUp(next, byteAlignment);
        if (byteSize > limit - start) {
            long chunkSize = chunkSize(takenBytes);
            MemorySegment block = isSmall(byteSize, byteAlignment, chunkSize)
                    ? allocator.tryAllocate(chunkSize, CHUNK_ALIGNMENT)
                    : null;
            if (block == null) {
                return take(takeOwn(byteSize, byteAlignment));
            }
            cutFrom(take(block));
            start = next;
        }
        next = start + byteSize;
        cleanAhead();
        return chunk.asSlice(start - chunk.address());
    }

    private void cleanAhead() {
        long to = Math.min(limit, next + AHEAD);
        if (to > clean) {
            Zeros.writeTo(chunk.asSlice(clean - chunk.address(), to - clean));
            clean = to;
        }
    }

    private void requireUsable() {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException("This arena is confined to " + owner + " and was called by "
                    + Thread.currentThread() + ". Open one for each thread, or a shared one.");
        }
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("This arena is closed");
        }
    }

    private MemorySegment take(MemorySegment block) {
        MemorySegment mine = onArena(block);
        taken.push(block);
        takenBytes += block.byteSize();
        return mine;
    }

    private void cutFrom(MemorySegment memory) {
        chunk = memory;
        next = memory.address();
        limit = next + memory.byteSize();
        clean = zeroing ? next : limit;
    }

    @Override
    void freeAll() {
        cutFrom(MemorySegment.NULL);
        List<MemorySegment> blocks = List.copyOf(taken);
        taken.clear(); // each block is tried once, as in a shared arena
        freeAll(blocks);
    }

    /** Throws if an invariant does not hold. For use between two calls. */
    void checkInvariants() {
        if (chunk.address() > next || next > clean || clean > limit) {
            throw new AssertionError(chunk + ", next " + next + ", clean " + clean + ", limit " + limit);
        }
        if (!arena.scope().isAlive() && (!taken.isEmpty() || limit != 0)) {
            throw new AssertionError("closed with " + taken.size() + " blocks");
        }
        MemorySegment free = chunk.asSlice(next - chunk.address(), zeroing ? clean - next : 0);
        if (free.mismatch(MemorySegment.ofArray(new byte[(int) free.byteSize()])) >= 0) {
            throw new AssertionError("not zero from " + next + " to " + clean);
        }
    }
}
