package dev.ashlar.spi.support;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.MemorySource.Chunk;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Blocks that a strategy cannot serve from its chunks, because of their size or alignment. Each gets memory of its own,
 * or is refused. A block costs what the source costs: tens of microseconds with {@code jdk}.
 *
 * <h2>Design</h2>
 *
 * <p>Memory comes from the strategy's own {@link MeteredSource}, so that the strategy and its large blocks share one
 * limit. Or it comes from the configured upstream, which has its own limit. Memory of live blocks is in a concurrent
 * map by address. Idle memory is in a map by size, retained for the next block up to a bound. With a bound of 0 the
 * memory of a freed block is released at once.
 *
 * <p>Every free is checked against the map. A block that is freed twice is reported as foreign once its memory has been
 * released, because it is unknown then. If the source is a {@link MappedSource}, each block is in its map too, so that
 * whoever looks up an address there finds the block itself.
 *
 * <h2>Concurrency</h2>
 *
 * <p>For any thread. If several threads free a block, the one that changes its size to that of an ended block succeeds
 * and removes it from the maps. A new block is put into the shared map before it is among the live blocks, so nobody
 * removes it from there before it is in. The lock of the idle memory is held for a few steps, and never while memory
 * moves. If a block is added during {@link #close}, one of the two threads ends and releases it.
 *
 * <p>Counts only grow. A block is counted as served before it can be freed, and as freed afterwards. A reader that
 * reads the freed ones first never sees fewer blocks served than freed.
 */
public final class LargeBlocks {

    /** The size that is passed to {@link #admits} for a block that is served here. */
    public static final long LARGE = -1;

    /** Heap memory of a map entry with its share of the table, a boxed address and a block. */
    private static final int METADATA_BYTES_PER_BLOCK = 32 + 8 + 24 + 32;

    /** Heap memory of an entry of the map of idle memory, and its key. */
    private static final int METADATA_BYTES_OF_IDLE = 40 + 32;

    /**
     * Idle memory serves a block of at least half its size. For a smaller one the waste would cost more than a chunk.
     */
    private static final int MOST_WASTE = 2;

    /** So much idle memory of a good size is looked at, because it may not be aligned as the block must be. */
    private static final int MOST_LOOKS = 16;

    private static final String ADVICE = "Set largeBlocks to UPSTREAM, or compose this allocator with another one.";

    /**
     * A block with its memory. In a map that is shared with other allocators it fills the granule where it starts. Its
     * size decides which of several threads ends or resizes it, by a compare-and-set.
     */
    private final class Block implements Extent {

        private static final VarHandle SIZE = VarHandles.of(MethodHandles.lookup(), "size", long.class);

        /** The size of a block that is not live any more. */
        private static final long ENDED = -1;

        private final Chunk chunk;
        private final long number;

        /** The requested size. */
        private volatile long size;

        Block(Chunk chunk, long byteSize, long number) {
            this.chunk = chunk;
            this.size = byteSize;
            this.number = number;
        }

        private long address() {
            return chunk.memory().address();
        }

        private long memorySize() {
            return chunk.memory().byteSize();
        }

        private MemorySegment segment(long byteSize) {
            return chunk.memory().asSlice(0, byteSize);
        }

        private boolean isLive() {
            return size != ENDED;
        }

        private boolean tryChange(long from, long to) {
            return SIZE.compareAndSet(this, from, to);
        }

        @Override
        public @Nullable Extent origin() {
            return MeteredSource.extentOf(chunk);
        }

        @Override
        public boolean tryFree(long address, long byteSize) {
            return address == address() && free(this, byteSize);
        }

        @Override
        public boolean isLive(long address) {
            return address == address() && isLive();
        }

        @Override
        public long allocatedSize(long address) {
            return isLive(address) ? memorySize() : InvalidBlockException.UNKNOWN_SIZE;
        }

        @Override
        public @Nullable MemorySegment blockAt(long address, long byteSize) {
            return address == address() && byteSize >= 0 && size == byteSize ? segment(byteSize) : null;
        }

        @Override
        public @Nullable MemorySegment tryResizeInPlace(MemorySegment block, long byteSize, long byteAlignment) {
            if (!isLive(block.address())) {
                throw invalidFree(block.address());
            }
            return resize(this, block.byteSize(), byteSize, byteAlignment);
        }
    }

    private record Idle(long byteSize, long address) implements Comparable<Idle> {

        static Idle of(Chunk chunk) {
            return new Idle(chunk.memory().byteSize(), chunk.memory().address());
        }

        @Override
        public int compareTo(Idle other) {
            return byteSize == other.byteSize
                    ? Long.compareUnsigned(address, other.address)
                    : Long.compare(byteSize, other.byteSize);
        }
    }

    /** The source of the strategy's chunks. */
    private final MeteredSource source;

    /** The source of the blocks: the same one, the configured upstream, or null if they are refused. */
    private final @Nullable MeteredSource origin;

    private final long largestSize;
    private final long largestAlignment;
    private final long retained;

    private final Map<Long, Block> live = new ConcurrentHashMap<>();

    /** The map in which live blocks are too, because a composed allocator finds them there; null if there is none. */
    private final @Nullable AddressMap<Extent> map;

    /** Idle memory, smallest first. Guarded by this. */
    private final NavigableMap<Idle, Chunk> idle = new TreeMap<>();

    /** The bytes that it takes. Guarded by this. */
    private long idleBytes;

    /** Blocks are numbered in the order in which they were served. */
    private final AtomicLong numbers = new AtomicLong();

    private final AtomicLong requestedBytes = new AtomicLong();
    private final AtomicLong allocatedBytes = new AtomicLong();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder frees = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder invalidFrees = new LongAdder();
    private volatile boolean closed;

    private LargeBlocks(
            MeteredSource source,
            @Nullable MeteredSource origin,
            long largestSize,
            long largestAlignment,
            long retained) {
        this.source = source;
        this.origin = origin;
        this.largestSize = largestSize;
        this.largestAlignment = largestAlignment;
        this.retained = retained;
        map = origin != null && origin.isMapShared() ? origin.map(1) : null;
    }

    /**
     * Blocks according to a strategy's settings.
     *
     * @param policy what happens to large blocks
     * @param config has the upstream, if there is one
     * @param source the source of the strategy's chunks
     * @param largestSize the largest size that the strategy serves itself
     * @param largestAlignment the largest alignment that it serves itself
     */
    public static LargeBlocks of(
            LargeBlockPolicy policy,
            AllocatorConfig config,
            MeteredSource source,
            long largestSize,
            long largestAlignment) {
        MeteredSource origin = switch (policy) {
            case REFUSE -> null;
            case UPSTREAM -> upstream(config, source);
        };
        return new LargeBlocks(source, origin, largestSize, largestAlignment, 0);
    }

    /**
     * Blocks whose memory is retained for later blocks.
     *
     * @param config has the upstream, if there is one
     * @param source the source of the strategy's chunks
     * @param retained bytes of freed blocks that are retained
     */
    public static LargeBlocks retaining(AllocatorConfig config, MeteredSource source, long retained) {
        return new LargeBlocks(source, upstream(config, source), Long.MAX_VALUE, Long.MAX_VALUE, retained);
    }

    private static MeteredSource upstream(AllocatorConfig config, MeteredSource source) {
        return config.upstream().map(source::upstream).orElse(source);
    }

    /**
     * Blocks from the source itself.
     *
     * @param source where they come from
     * @param retained bytes of freed blocks that are retained for the next ones
     */
    public static LargeBlocks from(MeteredSource source, long retained) {
        return new LargeBlocks(source, source, Long.MAX_VALUE, Long.MAX_VALUE, retained);
    }

    /**
     * Serves a block, or counts a refusal.
     *
     * @param byteSize 0 or more
     * @param byteAlignment a power of two
     * @param reclaim releases what the strategy retains of the source, and returns how many bytes; called if there is
     *     no memory and this could help; then the source is asked once more
     * @return the block, or null
     * @throws IllegalStateException if these blocks were closed
     */
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, LongSupplier reclaim) {
        Block block = origin == null ? null : serve(origin, byteSize, byteAlignment);
        if (block == null && origin == source && reclaim.getAsLong() > 0) {
            block = serve(origin, byteSize, byteAlignment);
        }
        if (block == null && origin == source) {
            block = source.retry(chunkBytes(source, byteSize, byteAlignment), () -> {
                long _ = reclaim.getAsLong();
                return serve(source, byteSize, byteAlignment);
            });
        }
        if (block == null) {
            refused.increment();
            return null;
        }
        return block.segment(byteSize);
    }

    /** The bytes that the memory of a block takes from a source, including padding. */
    private static long chunkBytes(MeteredSource from, long byteSize, long byteAlignment) {
        return from.takenBytes(Math.max(1, byteSize), byteAlignment);
    }

    private @Nullable Block serve(MeteredSource from, long byteSize, long byteAlignment) {
        requireOpen();
        Chunk chunk = takeIdle(byteSize, byteAlignment);
        boolean isHit = chunk != null;
        chunk = isHit ? chunk : from.take(Math.max(1, byteSize), byteAlignment, byteSize);
        if (chunk == null) {
            return null;
        }
        requestedBytes.addAndGet(byteSize);
        allocatedBytes.addAndGet(chunk.memory().byteSize());
        (isHit ? hits : misses).increment();
        Block block = new Block(chunk, byteSize, numbers.incrementAndGet());
        add(block);
        if (closed) { // closed meanwhile; close() may or may not have seen the block
            long ended = end(block);
            if (ended != Block.ENDED) {
                release(block, ended);
            }
            requireOpen();
        }
        return block;
    }

    /** The smallest idle memory that serves a block. Costs time logarithmic in how much is idle. */
    private synchronized @Nullable Chunk takeIdle(long byteSize, long byteAlignment) {
        int looks = 0;
        for (Idle found : idle.tailMap(new Idle(byteSize, 0), true).keySet()) {
            if (found.byteSize / MOST_WASTE > byteSize || ++looks > MOST_LOOKS) {
                return null;
            }
            if ((found.address & (byteAlignment - 1)) == 0) {
                return remove(found);
            }
        }
        return null;
    }

    /** Under the lock. */
    private void add(Chunk chunk) {
        idle.put(Idle.of(chunk), chunk);
        idleBytes += chunk.takenBytes();
    }

    /** Under the lock. */
    private Chunk remove(Idle found) {
        Chunk chunk = Objects.requireNonNull(idle.remove(found));
        idleBytes -= chunk.takenBytes();
        return chunk;
    }

    /**
     * Frees a block.
     *
     * @param address any address
     * @param byteSize its requested size
     * @return false if no live block starts there; then the caller counts it, or calls {@link #invalidFree}
     * @throws InvalidBlockException if the block was requested with another size; it stays live
     * @throws IllegalStateException if a foreign call uses the block, which then stays live, or if these blocks were
     *     closed
     */
    public boolean free(long address, long byteSize) {
        Block block = live.get(address);
        if (block == null) {
            requireOpen();
            return false;
        }
        return free(block, byteSize);
    }

    private boolean free(Block block, long byteSize) {
        if (byteSize < 0 || !block.tryChange(byteSize, Block.ENDED)) {
            if (block.isLive()) {
                throw wrongSize(block, byteSize);
            }
            requireOpen(); // another thread was faster
            return false;
        }
        remove(block);
        if (retain(block.chunk, retained)) {
            noteEnd(block, byteSize);
        } else {
            release(block, byteSize);
        }
        return true;
    }

    /** Frees a block that the caller ended, and releases its memory. */
    private void release(Block block, long byteSize) {
        closeChunk(block, byteSize);
        noteEnd(block, byteSize);
    }

    /** Releases the memory of a block that the caller ended. The block stays live if it is in use. */
    private void closeChunk(Block block, long byteSize) {
        try {
            block.chunk.close();
        } catch (RuntimeException e) {
            add(block);
            block.size = byteSize;
            throw e;
        }
    }

    /** Counts an attempt to free or resize a block with another size than its own. */
    private InvalidBlockException wrongSize(Block block, long byteSize) {
        Allocator.requireValid(byteSize, 1);
        invalidFrees.increment();
        MemorySegment memory = block.chunk.memory();
        return InvalidBlockException.wrongSize(memory.address(), byteSize, memory.byteSize());
    }

    private void add(Block block) {
        if (map != null) {
            map.put(block.address(), 1, block);
        }
        live.put(block.address(), block);
    }

    /** Removes a block that the caller ended, before its memory is used again. */
    private void remove(Block block) {
        live.remove(block.address(), block);
        if (map != null) {
            map.put(block.address(), 1, block.origin());
        }
    }

    /** Ends a block and removes it. Returns its size, or {@link Block#ENDED} if another thread has ended it. */
    private long end(Block block) {
        long size = block.size;
        while (size != Block.ENDED && !block.tryChange(size, Block.ENDED)) {
            size = block.size;
        }
        if (size != Block.ENDED) {
            remove(block);
        }
        return size;
    }

    private void noteEnd(Block block, long byteSize) {
        allocatedBytes.addAndGet(-block.memorySize());
        requestedBytes.addAndGet(-byteSize);
        frees.increment();
    }

    private synchronized boolean retain(Chunk chunk, long upTo) {
        if (closed || idleBytes > upTo - chunk.takenBytes()) {
            return false;
        }
        add(chunk);
        return true;
    }

    /**
     * Changes the size of a block within its memory, if the memory is large enough and not much too large.
     *
     * @param block any segment
     * @param byteSize the new size
     * @param byteAlignment what the block must be aligned to
     * @return the block with the new size, or null if that cannot be done
     * @throws InvalidBlockException if a live block of another size starts there; it stays as it is
     */
    public @Nullable MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        Block known = live.get(block.address());
        return known == null ? null : resize(known, block.byteSize(), byteSize, byteAlignment);
    }

    private @Nullable MemorySegment resize(Block block, long oldSize, long byteSize, long byteAlignment) {
        boolean mayStay = (block.address() & (byteAlignment - 1)) == 0
                && byteSize <= block.memorySize()
                && block.memorySize() / MOST_WASTE <= byteSize;
        if (mayStay && block.tryChange(oldSize, byteSize)) {
            requestedBytes.addAndGet(byteSize - oldSize);
            return block.segment(byteSize);
        }
        long size = block.size;
        if (size != oldSize && size != Block.ENDED) {
            throw wrongSize(block, oldSize);
        }
        return null;
    }

    /** The number of the newest block, which a mark stores. */
    public long newest() {
        return numbers.get();
    }

    /**
     * Frees the blocks that are newer than a mark, and retains their memory even above the bound.
     *
     * @param newest {@link #newest} at the time of the mark
     */
    public void rewind(long newest) {
        if (numbers.get() == newest) {
            return; // the usual case in frames
        }
        for (Iterator<Block> i = live.values().iterator(); i.hasNext(); ) {
            Block block = i.next();
            long ended = block.number > newest ? end(block) : Block.ENDED;
            if (ended == Block.ENDED) {
                continue;
            }
            if (retain(block.chunk, Long.MAX_VALUE)) {
                noteEnd(block, ended);
            } else {
                release(block, ended); // these blocks were closed meanwhile
            }
        }
    }

    /**
     * Releases idle memory.
     *
     * @param releases whether to release memory that takes so many bytes now
     * @throws IllegalStateException if a foreign call uses it; then it stays idle
     */
    public void releaseIdle(LongPredicate releases) {
        for (Chunk chunk = pollIdle(releases); chunk != null; chunk = pollIdle(releases)) {
            try {
                chunk.close();
            } catch (RuntimeException e) {
                synchronized (this) {
                    add(chunk);
                }
                throw e;
            }
        }
    }

    private synchronized @Nullable Chunk pollIdle(LongPredicate releases) {
        for (Map.Entry<Idle, Chunk> largest : idle.descendingMap().entrySet()) {
            if (releases.test(largest.getValue().takenBytes())) {
                return remove(largest.getKey());
            }
        }
        return null;
    }

    /**
     * Whether a live block starts at an address.
     *
     * @param address any address
     */
    public boolean isLive(long address) {
        Block block = numbers.get() > 0 ? live.get(address) : null; // no key is made before there ever was a block
        return block != null && block.isLive();
    }

    /**
     * The live block at an address.
     *
     * @param address any address
     * @param byteSize its requested size
     * @return the block, or null if none of that size starts there
     */
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        Block block = live.get(address);
        return block == null ? null : block.blockAt(address, byteSize);
    }

    /**
     * The size in bytes that a live block takes.
     *
     * @param address any address
     * @return the size, or {@link InvalidBlockException#UNKNOWN_SIZE} if no live block starts there
     */
    public long allocatedSize(long address) {
        Block block = live.get(address);
        return block == null ? InvalidBlockException.UNKNOWN_SIZE : block.allocatedSize(address);
    }

    /**
     * Whether an address lies in memory that is held here, live or idle. Costs time in proportion to the blocks.
     *
     * @param address any address
     */
    public boolean owns(long address) {
        return isLive(address) || whatIsWrongWith(address).reason() != InvalidBlockException.Reason.FOREIGN;
    }

    /**
     * Counts an attempt to free or resize a block that is not live, and returns what is wrong with it.
     *
     * @param address an address at which no live block starts
     */
    public InvalidBlockException invalidFree(long address) {
        invalidFrees.increment();
        return whatIsWrongWith(address);
    }

    /**
     * Returns what is wrong with an address. Costs time in proportion to the blocks.
     *
     * @param address an address at which no live block starts
     */
    public InvalidBlockException whatIsWrongWith(long address) {
        for (Block block : live.values()) {
            MemorySegment memory = block.chunk.memory();
            if (lies(address, memory)) {
                return address == memory.address()
                        ? InvalidBlockException.freedTwice(address, memory.byteSize()) // served again meanwhile
                        : InvalidBlockException.noBlockStart(address, memory.byteSize(), memory.address());
            }
        }
        for (Chunk chunk : idleNow()) {
            if (lies(address, chunk.memory())) {
                return InvalidBlockException.freedTwice(address, chunk.memory().byteSize());
            }
        }
        return InvalidBlockException.foreign(address);
    }

    private static boolean lies(long address, MemorySegment memory) {
        return Long.compareUnsigned(address - memory.address(), memory.byteSize()) < 0;
    }

    private synchronized List<Chunk> idleNow() {
        return List.copyOf(idle.values());
    }

    /**
     * Why a request was refused: which value was too large, or which limit or source had no memory.
     *
     * @param byteSize the requested size
     * @param byteAlignment the requested alignment
     */
    public Refusal refusal(long byteSize, long byteAlignment) {
        if (origin != null) {
            return origin.refusal(byteSize, byteAlignment, chunkBytes(origin, byteSize, byteAlignment));
        }
        return byteAlignment > largestAlignment
                ? Refusal.tooLarge("byteAlignment", byteAlignment, largestAlignment, ADVICE)
                : Refusal.tooLarge("byteSize", byteSize, largestSize, ADVICE);
    }

    /**
     * Whether a batch can fit in the room that live blocks leave under the strategy's limit. If not, it is counted as
     * refused.
     *
     * @param byteSizes sizes of the blocks
     * @param takenBytes the bytes that a block of a size takes in the strategy's chunks, or {@link #LARGE}
     */
    public boolean admits(long[] byteSizes, LongUnaryOperator takenBytes) {
        boolean fits = fits(byteSizes, takenBytes)
                || source.retry(Allocator.sum(byteSizes), () -> fits(byteSizes, takenBytes) ? this : null) != null;
        if (!fits) {
            refused.increment();
        }
        return fits;
    }

    private boolean fits(long[] byteSizes, LongUnaryOperator takenBytes) {
        long limit = source.limitBytes();
        if (limit == AllocationException.NO_LIMIT) {
            return true;
        }
        long elsewhere = origin == source ? 0 : requestedBytes();
        long left = limit - source.requestedBytes() + elsewhere;
        for (long byteSize : byteSizes) {
            long taken = takenBytes.applyAsLong(byteSize);
            long counted = taken != LARGE ? taken : origin == source ? byteSize : 0;
            if (counted > left) {
                return false;
            }
            left -= counted;
        }
        return true;
    }

    /**
     * Why a batch was refused: a size that is not served, or the lack of memory for the whole batch.
     *
     * @param byteSizes sizes of the blocks
     * @param byteAlignment their alignment
     * @param takenBytes the bytes that a block of a size takes in the strategy's chunks, or {@link #LARGE}
     */
    public Refusal refusal(long[] byteSizes, long byteAlignment, LongUnaryOperator takenBytes) {
        long largest = Arrays.stream(byteSizes).max().orElse(0);
        boolean isAnyLarge = largest > largestSize || byteAlignment > largestAlignment;
        if (isAnyLarge && origin == null) {
            return refusal(largest, byteAlignment);
        }
        long all = Allocator.sum(byteSizes);
        if (!fits(byteSizes, takenBytes)) {
            return source.limit().refusal(Refusal.Unit.MEMORY, all, all);
        }
        return isAnyLarge && origin != source
                ? refusal(largest, byteAlignment)
                : source.refusal(all, byteAlignment, Math.max(1, all));
    }

    /** Requested bytes of the live blocks. */
    public long requestedBytes() {
        return requestedBytes.get();
    }

    /**
     * The figures of these blocks. Committed bytes, calls and peaks of the strategy's own source are left out, because
     * that source counts chunks and blocks together. Those of a configured upstream are included.
     */
    public AllocatorStats stats() {
        long freed = frees.sum(); // first, so that each of them is also counted as served
        long missed = misses.sum();
        long served = missed + hits.sum();
        int idleChunks;
        synchronized (this) {
            idleChunks = idle.size();
        }
        AllocatorStats own = AllocatorStats.builder()
                .requestedBytes(requestedBytes.get())
                .allocatedBytes(allocatedBytes.get())
                .metadataBytes((served - freed) * (METADATA_BYTES_PER_BLOCK + MeteredSource.METADATA_BYTES_PER_CHUNK)
                        + (long) idleChunks * (METADATA_BYTES_OF_IDLE + MeteredSource.METADATA_BYTES_PER_CHUNK))
                .liveBlocks(served - freed)
                .allocations(served)
                .misses(missed)
                .refused(refused.sum())
                .invalidFrees(invalidFrees.sum())
                .build();
        return origin == null || origin == source ? own : own.plus(origin.stats());
    }

    /**
     * Shows a visitor each block and all idle memory.
     *
     * @param visitor receives the blocks
     */
    public void inspect(Visitor visitor) {
        live.forEach((address, block) -> {
            visitor.chunk(address, block.chunk.memory().byteSize());
            visitor.live(address, block.chunk.memory().byteSize());
        });
        for (Chunk chunk : idleNow()) {
            visitor.chunk(chunk.memory().address(), chunk.memory().byteSize());
            visitor.free(chunk.memory().address(), chunk.memory().byteSize());
        }
    }

    /** Whether these blocks were closed. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Checks that these blocks were not closed.
     *
     * @throws IllegalStateException if they were
     */
    public void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    /**
     * Releases all memory, and serves nothing from then on. The owner reports how many blocks were live; {@link #stats}
     * still has their number.
     *
     * @throws IllegalStateException if foreign calls use blocks. All others are released, and closing again tries the
     *     rest
     */
    public void close() {
        List<Chunk> rest;
        synchronized (this) {
            closed = true; // from now on nothing becomes idle
            rest = idleNow();
            idle.clear();
            idleBytes = 0;
        }
        Closing.all(() -> Closing.each(live.values(), this::close), () -> Closing.each(rest, this::closeIdle));
    }

    /** The block was not freed, so it is not counted as freed. */
    private void close(Block block) {
        long ended = end(block);
        if (ended != Block.ENDED) { // otherwise another thread frees it
            closeChunk(block, ended);
        }
    }

    private void closeIdle(Chunk chunk) {
        try {
            chunk.close();
        } catch (RuntimeException e) {
            synchronized (this) {
                add(chunk);
            }
            throw e;
        }
    }
}
