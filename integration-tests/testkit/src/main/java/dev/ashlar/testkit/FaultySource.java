package dev.ashlar.testkit;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A memory source that fails on demand, and counts its open chunks. The chunks come from another source, {@code jdk} by
 * default. Such a chunk costs tens of microseconds.
 *
 * <p>It can refuse the nth take, every take beyond a budget of bytes, or all takes. It can throw at the nth take, or
 * run what a test wants there. It can refuse to take chunks back. It can stop a thread inside {@link #take} until the
 * test releases it. Chunks are filled with {@link #DIRT}, to detect an allocator that expects fresh memory to be
 * zeroed.
 *
 * <p>A chunk that is aligned to more than 16 takes more than its size, as one of the source {@code jdk} does: {@link
 * #takenBytes} returns how many bytes. This source counts the taken bytes, so that an allocator that counts fewer is
 * found. {@link #withoutPadding} is for tests with exact figures.
 *
 * <p>Safe for use by many threads. Invariant: {@code takes() - closes() == openChunks()}.
 */
public final class FaultySource implements MemorySource, AutoCloseable {

    /** The value of every byte of a new chunk. */
    public static final byte DIRT = (byte) 0xA5;

    /** Larger chunks are refused, so that a test can request absurd sizes safely. */
    public static final long LARGEST_CHUNK = 1L << 30;

    private final MemorySource memory;
    private final ConcurrentSkipListMap<Long, OpenChunk> open = new ConcurrentSkipListMap<>();
    private final AtomicLong openBytes = new AtomicLong();
    private final AtomicLong peakBytes = new AtomicLong();
    private final AtomicLong takes = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger closedSessions = new AtomicInteger();
    private final AtomicInteger trims = new AtomicInteger();
    private final AtomicLong closes = new AtomicLong();
    private final AtomicLong takesUntilRefusal = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong takesUntilFailure = new AtomicLong(Long.MAX_VALUE);
    private final AtomicReference<@Nullable Hold> hold = new AtomicReference<>();
    private final Queue<String> misuses = new ConcurrentLinkedQueue<>();
    private volatile Runnable fault = () -> {};
    private volatile long budgetBytes = Long.MAX_VALUE;
    private volatile boolean keepingChunksOpen;

    /** An address in the chunk that cannot be closed, or 0. */
    private volatile long keptOpen;

    private final boolean padding;

    /** A source that refuses nothing yet. */
    public FaultySource() {
        this(MemorySources.require("jdk"));
    }

    /**
     * A source that refuses nothing yet.
     *
     * @param memory where its chunks come from
     */
    public FaultySource(MemorySource memory) {
        this(memory, true);
    }

    private FaultySource(MemorySource memory, boolean padding) {
        this.memory = memory;
        this.padding = padding;
    }

    /** A source whose chunks take their size and no more, whatever their alignment. */
    public static FaultySource withoutPadding() {
        return new FaultySource(MemorySources.require("jdk"), false);
    }

    @Override
    public String name() {
        return "faulty";
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        return take(memory::take, byteSize, byteAlignment);
    }

    @Override
    public Session open() {
        Session session = memory.open();
        sessions.incrementAndGet();
        return new Session() {
            @Override
            public @Nullable Chunk take(long byteSize, long byteAlignment) {
                return FaultySource.this.take(session, byteSize, byteAlignment);
            }

            @Override
            public void trim() {
                trims.incrementAndGet();
                session.trim();
            }

            @Override
            public void close() {
                session.close();
                closedSessions.incrementAndGet();
            }
        };
    }

    private @Nullable Chunk take(Session session, long byteSize, long byteAlignment) {
        if (byteSize <= 0 || byteAlignment <= 0 || Long.bitCount(byteAlignment) != 1) {
            misuses.add("take(" + byteSize + ", " + byteAlignment + ")");
            throw new IllegalArgumentException("take(" + byteSize + ", " + byteAlignment + ")");
        }
        Hold held = hold.getAndSet(null);
        if (held != null) {
            held.enter();
        }
        if (takesUntilFailure.decrementAndGet() == 0) {
            runFault();
        }
        boolean refused = takesUntilRefusal.decrementAndGet() == 0
                || byteSize > LARGEST_CHUNK
                || byteAlignment > LARGEST_CHUNK
                || !countIn(takenBytes(byteSize, byteAlignment));
        if (refused) {
            refusals.incrementAndGet();
            return null;
        }
        Chunk taken = session.take(byteSize, byteAlignment);
        if (taken == null) {
            throw new IllegalStateException(
                    memory.name() + " gives no " + byteSize + " bytes: the machine is too small");
        }
        OpenChunk chunk = new OpenChunk(taken, takenBytes(byteSize, byteAlignment));
        open.put(chunk.memory.address(), chunk);
        takes.incrementAndGet();
        return chunk;
    }

    private void runFault() {
        try {
            fault.run();
        } catch (RuntimeException | Error e) {
            refusals.incrementAndGet();
            throw e;
        }
    }

    /**
     * {@inheritDoc} Up to an alignment of 16 it is the size; beyond that the alignment less 16 is added, unless this is
     * a source without padding.
     */
    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        long added = padding ? Math.max(0, byteAlignment - 16) : 0;
        return byteSize > Long.MAX_VALUE - added ? Long.MAX_VALUE : byteSize + added;
    }

    private boolean countIn(long takenBytes) {
        long bytes = openBytes.addAndGet(takenBytes);
        if (bytes > budgetBytes) {
            openBytes.addAndGet(-takenBytes);
            return false;
        }
        peakBytes.accumulateAndGet(bytes, Math::max);
        return true;
    }

    /**
     * Refuses one take.
     *
     * @param nth 1 for the next, 2 for the one after, and so on
     */
    public void refuseTake(long nth) {
        takesUntilRefusal.set(nth);
    }

    /** The exception of {@link #failTake}. */
    public static final class TakeFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        TakeFailure() {
            super("planned by the test, in the source");
        }
    }

    /**
     * Lets one take throw {@link TakeFailure}.
     *
     * @param nth 1 for the next, 2 for the one after, and so on
     */
    public void failTake(long nth) {
        atTake(nth, () -> {
            throw new TakeFailure();
        });
    }

    /**
     * Runs something at the start of one take, such as what ends or interrupts the thread that takes.
     *
     * @param nth 1 for the next, 2 for the one after, and so on
     * @param fault what it throws is thrown by the take; the take goes on if it throws nothing
     */
    public void atTake(long nth, Runnable fault) {
        this.fault = fault;
        takesUntilFailure.set(nth);
    }

    /** Whether the take that {@link #failTake} or {@link #atTake} planned for has come. */
    public boolean hasFailed() {
        return takesUntilFailure.get() <= 0;
    }

    /**
     * Refuses takes after which open chunks would take more than this.
     *
     * @param bytes the budget, 0 or more
     */
    public void budget(long bytes) {
        budgetBytes = bytes;
    }

    /** Refuses every take until {@link #recover()}. */
    public void runDry() {
        budgetBytes = 0;
    }

    /** Refuses no take and no chunk any more. */
    public void recover() {
        budgetBytes = Long.MAX_VALUE;
        takesUntilRefusal.set(Long.MAX_VALUE);
        takesUntilFailure.set(Long.MAX_VALUE);
        keepingChunksOpen = false;
        keptOpen = 0;
    }

    /** Lets every close of a chunk fail, as if a foreign call used its memory, until {@link #recover()}. */
    public void keepChunksOpen() {
        keepingChunksOpen = true;
    }

    /**
     * Lets every close of one chunk fail, as if a foreign call used its memory, until {@link #recover()}.
     *
     * @param address any address in it
     */
    public void keepChunkOpen(long address) {
        keptOpen = address;
    }

    /** Stops the next thread that takes a chunk inside of {@link #take}, and no other thread. */
    public Hold holdNextTake() {
        Hold next = new Hold();
        hold.set(next);
        return next;
    }

    /** How many chunks are open. */
    public int openChunks() {
        return open.size();
    }

    /** How many bytes of memory open chunks have, without padding. */
    public long memoryBytes() {
        return open.values().stream()
                .mapToLong(chunk -> chunk.memory.byteSize())
                .sum();
    }

    /**
     * Whether the memory of a chunk can be accessed until the chunk is closed, also after its session is. A chunk that
     * is only made busy for a test does not keep a session of the memory underneath open.
     */
    public boolean chunksOutliveTheirSession() {
        Session session = memory.open();
        Chunk chunk = Objects.requireNonNull(session.take(64, 8));
        session.close();
        boolean outlives = chunk.memory().scope().isAlive();
        chunk.close();
        return outlives;
    }

    /** How many sessions were opened. */
    public int sessions() {
        return sessions.get();
    }

    /** How often its sessions were closed. */
    public int closedSessions() {
        return closedSessions.get();
    }

    /** How often its sessions were trimmed. */
    public int trims() {
        return trims.get();
    }

    /** How many bytes open chunks take. */
    public long openBytes() {
        return openBytes.get();
    }

    /** How many bytes that one of the open chunks takes which takes most; 0 if none is open. */
    public long largestChunk() {
        return open.values().stream().mapToLong(chunk -> chunk.takenBytes).max().orElse(0);
    }

    /** The most bytes that open chunks ever took. */
    public long peakBytes() {
        return peakBytes.get();
    }

    /** How many chunks were given. */
    public long takes() {
        return takes.get();
    }

    /** How many takes were refused, or threw. */
    public long refusals() {
        return refusals.get();
    }

    /** How many chunks came back. */
    public long closes() {
        return closes.get();
    }

    /** Calls that break the contract of a source, such as a chunk closed twice. */
    public List<String> misuses() {
        return List.copyOf(misuses);
    }

    /** The memory of every open chunk, in order of address. */
    public List<MemorySegment> chunks() {
        List<MemorySegment> chunks = new ArrayList<>();
        open.values().forEach(chunk -> chunks.add(chunk.memory));
        return chunks;
    }

    /**
     * Whether an address lies in an open chunk.
     *
     * @param address any address
     */
    public boolean holds(long address) {
        return chunkOf(address) != null;
    }

    /**
     * A segment for a block of which only the address is known. It is a slice of the chunk, so no restricted method is
     * needed.
     *
     * @param address where the block starts
     * @param byteSize its size
     * @throws AssertionError if it does not lie in one open chunk
     */
    public MemorySegment memoryAt(long address, long byteSize) {
        MemorySegment chunk = chunkOf(address);
        if (chunk == null || address + byteSize > chunk.address() + chunk.byteSize()) {
            throw new AssertionError("0x" + Long.toHexString(address) + " and the " + byteSize
                    + " bytes from there lie in no chunk taken from the source");
        }
        return chunk.asSlice(address - chunk.address(), byteSize);
    }

    private @Nullable MemorySegment chunkOf(long address) {
        Map.Entry<Long, OpenChunk> below = open.floorEntry(address);
        if (below == null || address >= below.getKey() + below.getValue().memory.byteSize()) {
            return null;
        }
        return below.getValue().memory;
    }

    /** Frees all open chunks, so that a test of a leaking allocator does not leak. Not counted. */
    @Override
    public void close() {
        for (OpenChunk chunk : open.values()) {
            if (open.remove(chunk.memory.address(), chunk)) {
                chunk.chunk.close();
            }
        }
    }

    @Override
    public String toString() {
        return "faulty source: " + openBytes() + " bytes open in " + openChunks() + " chunks, " + takes + " takes, "
                + refusals + " refused, " + closes + " closed";
    }

    private final class OpenChunk implements Chunk {
        private final Chunk chunk;
        private final MemorySegment memory;
        private final long takenBytes;

        OpenChunk(Chunk chunk, long takenBytes) {
            this.chunk = chunk;
            this.memory = chunk.memory().fill(DIRT);
            this.takenBytes = takenBytes;
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public long takenBytes() {
            return takenBytes;
        }

        @Override
        public void close() {
            if (keepingChunksOpen || Long.compareUnsigned(keptOpen - memory.address(), memory.byteSize()) < 0) {
                throw new IllegalStateException("The chunk is in use (the test wants it so)");
            }
            if (!open.remove(memory.address(), this)) {
                misuses.add("chunk at 0x" + Long.toHexString(memory.address()) + " closed twice");
                throw new IllegalStateException("Already closed");
            }
            // Before the memory goes, because its address may be handed out again at once.
            openBytes.addAndGet(-takenBytes);
            closes.incrementAndGet();
            chunk.close();
        }
    }
}
