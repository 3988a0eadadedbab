package dev.ashlar.heap;

import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Evacuable.Evacuation;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Relocatable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves blocks out of sparse memory, pass by pass, until there is nothing left to gain.
 *
 * <p>The allocator {@linkplain Evacuable chooses} chunks, and serves nothing from them meanwhile. If it cannot do that
 * but is {@linkplain Inspectable inspectable}, chunks are chosen by a walk. A pass goes through the handles and moves
 * the blocks that lie in chosen chunks, and so do the {@linkplain HandleHeap#add other holders}. When all handles were
 * looked at, the chunks that are empty go back, and the next ones are chosen. A block that is pinned stays where it is.
 * When memory has grown by a chunk, fewer chunks are chosen next. When it has grown by two, the work ends.
 *
 * {@snippet class="dev.ashlar.verification.shown.HeapCodeTest" region="defragmentation"}
 *
 * <p>It can be abandoned after each pass. For one thread at a time. Others may use the heap meanwhile.
 */
public final class Defragmentation implements AutoCloseable {

    /** What is moved. */
    public enum Strategy {

        /** Nothing is moved: free memory of the allocator goes back by one trim, which no budget divides. */
        COALESCE(0),

        /** Blocks in chunks that are at most half live. */
        COMPACT(0.5),

        /** Blocks in all chunks, as long as the others have room for them. */
        REORGANIZE(1);

        private final double mostLive;

        Strategy(double mostLive) {
            this.mostLive = mostLive;
        }
    }

    /** Memory without a block. */
    record Place(long address, long byteSize) {}

    /**
     * The most that one pass may do. It ends at the bound that is reached first.
     *
     * @param bytes bytes moved
     * @param moves blocks moved
     * @param time time taken
     */
    public record Budget(long bytes, long moves, Duration time) {

        /** No bound. */
        public static final Budget UNBOUNDED = new Budget(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ofDays(365));

        /** Checks the values. */
        public Budget {
            if (bytes < 0 || moves < 0 || time.isNegative()) {
                throw new IllegalArgumentException(
                        "bytes, moves and time are " + bytes + ", " + moves + ", " + time + ", must be 0 or more");
            }
        }
    }

    /**
     * What was done.
     *
     * @param moves blocks moved, and calls of other holders that moved some
     * @param bytesMoved bytes of them
     * @param bytesReleased bytes that the allocator committed less after it
     * @param time how long it took
     * @param isComplete whether there is nothing left to gain
     */
    public record Result(long moves, long bytesMoved, long bytesReleased, Duration time, boolean isComplete) {

        Result plus(Result other) {
            return new Result(
                    moves + other.moves,
                    bytesMoved + other.bytesMoved,
                    bytesReleased + other.bytesReleased,
                    time.plus(other.time),
                    other.isComplete);
        }
    }

    /** What memory may grow by: the largest chunk of the strategies with slabs. */
    private static final long CHUNK = 4L << 20;

    /** What is moved between two looks at the committed bytes, which cost a walk over threads: bytes and moves. */
    private static final long BYTES_PER_LOOK = 1L << 20;

    private static final int MOVES_PER_LOOK = 64;

    private final HandleHeap heap;
    private final Strategy strategy;
    private final LongSupplier nanoTime;
    private final @Nullable Evacuable evacuable;
    private @Nullable Evacuation evacuation;
    private int nextEntry;
    private int nextHolder;

    /** New places in chosen memory, which the allocator would serve again if they were freed now. */
    private final List<Place> refused = new ArrayList<>();

    /** Committed bytes when the chunks were chosen. */
    private long committedBefore;

    /** The least committed bytes so far, when chunks were chosen. */
    private long leastCommitted = Long.MAX_VALUE;

    /**
     * The most live bytes that chosen chunks may have together. The other chunks may have room for fewer blocks than
     * their free bytes say, because their slots have other sizes. So if memory grows, fewer chunks are chosen next.
     * They are empty sooner, and make room for more.
     */
    private long mostChosen = Long.MAX_VALUE;

    /** Bytes moved since the last look at the committed bytes. A small move counts as a part of all moves. */
    private long unseen;

    private Result total = new Result(0, 0, 0, Duration.ZERO, false);

    // Of the pass at work.
    private long moves;
    private long bytesMoved;

    /** @param nanoTime the clock of budgets, such as {@link System#nanoTime} */
    Defragmentation(HandleHeap heap, Strategy strategy, LongSupplier nanoTime) {
        this.heap = heap;
        this.strategy = strategy;
        this.nanoTime = nanoTime;
        evacuable = heap.allocator().as(Evacuable.class).orElse(null);
        boolean canChoose =
                evacuable != null || heap.allocator().as(Inspectable.class).isPresent();
        if (strategy != Strategy.COALESCE && !canChoose) {
            throw new IllegalArgumentException(heap.allocator() + " cannot tell which blocks are worth moving. Use one"
                    + " with the capability Evacuable or Inspectable, such as 'slab', or COALESCE");
        }
    }

    /**
     * Does a part of the work.
     *
     * @return what this pass did
     * @throws IllegalStateException if the heap is closed
     */
    public Result pass(Budget budget) {
        heap.requireOpen();
        long start = nanoTime.getAsLong();
        long deadline = start + Math.min(TimeUnit.NANOSECONDS.convert(budget.time), Long.MAX_VALUE / 4);
        long committed = committedBytes();
        moves = 0;
        bytesMoved = 0;
        boolean isComplete = strategy == Strategy.COALESCE;
        if (isComplete) {
            heap.allocator().trim();
        }
        while (!isComplete && mayGoOn(budget, deadline)) {
            isComplete = goOn(budget, deadline);
        }
        long released = committed - committedBytes();
        Result result =
                new Result(moves, bytesMoved, released, Duration.ofNanos(nanoTime.getAsLong() - start), isComplete);
        total = total.plus(result);
        return result;
    }

    private boolean mayGoOn(Budget budget, long deadline) {
        return moves < budget.moves && bytesMoved < budget.bytes && nanoTime.getAsLong() - deadline < 0;
    }

    /** Moves blocks until the budget is spent or all entries were looked at; whether nothing is left to gain. */
    private boolean goOn(Budget budget, long deadline) {
        Evacuation current = evacuation;
        if (current == null) {
            current = choose();
            evacuation = current;
            nextEntry = 0;
            nextHolder = 0;
            committedBefore = committedBytes();
            leastCommitted = Math.min(leastCommitted, committedBefore);
        }
        boolean gains = current.byteSize() > 0;
        while (gains && nextEntry < heap.entries()) {
            if (!mayGoOn(budget, deadline)) {
                return false;
            }
            long moved = heap.move(nextEntry, current::contains, refused);
            nextEntry++;
            if (moved >= 0) {
                moves++;
                bytesMoved += moved;
                gains = mayGrow(moved);
            }
        }
        List<Relocatable> holders = heap.holders();
        while (gains && nextHolder < holders.size()) {
            if (!mayGoOn(budget, deadline)) {
                return false;
            }
            long most = budget.bytes - bytesMoved;
            long moved = holders.get(nextHolder).relocate(current::contains, most);
            if (moved < most) { // it can move no more
                nextHolder++;
            }
            if (moved > 0) {
                moves++;
                bytesMoved += moved;
                gains = mayGrow(BYTES_PER_LOOK);
            }
        }
        boolean wereFew = current.liveBytes() == 0 || current.byteSize() <= CHUNK;
        end();
        heap.allocator().trim();
        long committed = committedBytes();
        boolean isSmaller = committed < committedBefore;
        if (!gains || !isSmaller) {
            mostChosen = current.liveBytes() / 4;
        }
        return !isSmaller && (wereFew || committed >= leastCommitted + 2 * CHUNK);
    }

    private Evacuation choose() {
        return evacuable == null
                ? new WalkedEvacuation(Fragmentation.of(heap.allocator()), strategy.mostLive, mostChosen)
                : evacuable.evacuate(strategy.mostLive, mostChosen);
    }

    private boolean mayGrow(long moved) {
        unseen += Math.max(moved, BYTES_PER_LOOK / MOVES_PER_LOOK);
        if (unseen < BYTES_PER_LOOK) {
            return true;
        }
        unseen = 0;
        long committed = committedBytes();
        return committed <= committedBefore || committed < leastCommitted + CHUNK;
    }

    private long committedBytes() {
        return heap.allocator().stats().committedBytes();
    }

    private void end() {
        Evacuation current = evacuation;
        evacuation = null;
        refused.forEach(heap::release);
        refused.clear();
        if (current != null) {
            current.close();
        }
    }

    /** What all passes did together. */
    public Result total() {
        return total;
    }

    /** Ends it, whether or not it is complete: all memory serves blocks again. */
    @Override
    public void close() {
        end();
    }
}
