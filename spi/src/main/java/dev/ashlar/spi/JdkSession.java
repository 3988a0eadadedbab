package dev.ashlar.spi;

import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.MemorySource.Session;
import dev.ashlar.spi.support.HousekeepingThread;
import dev.ashlar.spi.support.VarHandles;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The chunks that one allocator takes from {@link JdkMemorySource}.
 *
 * <h2>Design</h2>
 *
 * <p>Closing an arena takes a tenth of a millisecond and stops all threads. A thread that gives a chunk back should not
 * pay that while it frees a block. So the session keeps what comes back, and the {@link HousekeepingThread} closes it a
 * moment later. A request for a chunk of the same size and alignment meanwhile gets one that is kept. That saves the
 * zeros, too.
 *
 * <p>Allocators do not count kept chunks as committed, so there is a bound: while the sessions of the process keep more
 * than {@link #MOST_KEPT}, the housekeeping thread does not wait, and a thread that takes a chunk first closes those of
 * its session. A chunk that a foreign call uses cannot be closed. It is tried again later.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The lock of the map guards the map only. Arenas are made without a lock. A thread that closes some holds another
 * lock, for which nobody waits to take or return a chunk unless too much is kept. A chunk is in the map of one session
 * at most once, because it is put there by the one thread that marks it as returned. A session that is closed keeps
 * nothing: a chunk that comes back afterwards is closed at once. One that comes back at the same moment is closed by
 * the thread that returns it, which looks whether the session is closed after it put the chunk into the map.
 */
final class JdkSession implements Session {

    /** Bytes that all sessions keep before they hurry: some of the largest chunks. */
    static final long MOST_KEPT = 16 << 20;

    /** Long enough that a load which comes and goes takes its chunks again. */
    private static final Duration DELAY = Duration.ofMillis(100);

    private static final AtomicLong KEPT_BYTES = new AtomicLong();

    private final JdkMemorySource source;

    /** Runs a task later, after the delay. */
    private final BiConsumer<Duration, Runnable> housekeeping;

    /** Held by a thread that closes what is kept. */
    private final Object closing = new Object();

    /** Chunks that came back, by what was asked for; no deque is empty. Guarded by itself. */
    private final Map<Request, Deque<Chunk>> kept = new HashMap<>();

    /** Whether the housekeeping thread was asked to close what is kept, after the delay or at once. */
    private final AtomicBoolean isAsked = new AtomicBoolean();

    private final AtomicBoolean isUrged = new AtomicBoolean();

    private volatile boolean closed;

    private record Request(long byteSize, long byteAlignment) {}

    private record Kept(Request request, Chunk chunk) {}

    JdkSession(JdkMemorySource source) {
        this(source, HousekeepingThread::runAfter);
    }

    /** For tests, which run the housekeeping themselves. */
    JdkSession(JdkMemorySource source, BiConsumer<Duration, Runnable> housekeeping) {
        this.source = source;
        this.housekeeping = housekeeping;
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        JdkMemorySource.requireValid(byteSize, byteAlignment);
        if (closed) {
            throw new IllegalStateException("The session with the memory source 'jdk' is closed");
        }
        Request request = new Request(byteSize, byteAlignment);
        Chunk chunk = takeKept(request);
        if (chunk == null && KEPT_BYTES.get() > MOST_KEPT) {
            closeKept();
        }
        if (chunk == null) {
            chunk = source.take(byteSize, byteAlignment);
        }
        if (chunk == null && closeKept()) {
            chunk = source.take(byteSize, byteAlignment);
        }
        return chunk == null ? null : new SessionChunk(byteAlignment, chunk);
    }

    private @Nullable Chunk takeKept(Request request) {
        synchronized (kept) {
            Deque<Chunk> same = kept.get(request);
            if (same == null) {
                return null;
            }
            Chunk chunk = same.removeLast();
            if (same.isEmpty()) {
                kept.remove(request);
            }
            KEPT_BYTES.addAndGet(-chunk.takenBytes());
            return chunk;
        }
    }

    private void add(Kept back) {
        synchronized (kept) {
            kept.computeIfAbsent(back.request, _ -> new ArrayDeque<>()).add(back.chunk);
            KEPT_BYTES.addAndGet(back.chunk.takenBytes());
        }
    }

    private void keep(Request request, Chunk chunk) {
        add(new Kept(request, chunk));
        if (closed) {
            closeKept();
        } else {
            boolean isMuch = KEPT_BYTES.get() > MOST_KEPT;
            schedule(isMuch ? Duration.ZERO : DELAY, isMuch ? isUrged : isAsked);
        }
    }

    private void schedule(Duration delay, AtomicBoolean isScheduled) {
        if (isScheduled.compareAndSet(false, true)) {
            housekeeping.accept(delay, () -> {
                isScheduled.set(false);
                closeKept();
            });
        }
    }

    /**
     * Closes what is kept. Waits for another thread that does so, and after that nothing is left but what foreign calls
     * use.
     *
     * @return false if this thread closed nothing
     */
    private boolean closeKept() {
        boolean any = false;
        List<Kept> busy = new ArrayList<>();
        synchronized (closing) {
            for (Kept next = pollKept(); next != null; next = pollKept()) {
                try {
                    next.chunk.close();
                    any = true;
                } catch (IllegalStateException e) { // a foreign call uses it
                    busy.add(next);
                }
            }
        }
        for (Kept again : busy) {
            add(again);
            schedule(DELAY, isAsked);
        }
        return any;
    }

    private @Nullable Kept pollKept() {
        synchronized (kept) {
            Iterator<Map.Entry<Request, Deque<Chunk>>> entries = kept.entrySet().iterator();
            if (!entries.hasNext()) {
                return null;
            }
            Map.Entry<Request, Deque<Chunk>> entry = entries.next();
            Chunk chunk = entry.getValue().removeLast();
            if (entry.getValue().isEmpty()) {
                entries.remove();
            }
            KEPT_BYTES.addAndGet(-chunk.takenBytes());
            return new Kept(entry.getKey(), chunk);
        }
    }

    @Override
    public void trim() {
        closeKept();
    }

    /** {@inheritDoc} Closes what is kept. The chunks that are still out are closed one by one. */
    @Override
    public void close() {
        closed = true;
        closeKept();
    }

    /** A chunk that is out. */
    private final class SessionChunk implements Chunk {

        private static final VarHandle RETURNED = VarHandles.of(MethodHandles.lookup(), "returned", boolean.class);

        private final long byteAlignment;
        private final Chunk chunk;

        @SuppressWarnings("UnusedVariable") // through RETURNED
        private boolean returned;

        SessionChunk(long byteAlignment, Chunk chunk) {
            this.byteAlignment = byteAlignment;
            this.chunk = chunk;
        }

        @Override
        public MemorySegment memory() {
            return chunk.memory();
        }

        @Override
        public long takenBytes() {
            return chunk.takenBytes();
        }

        @Override
        public void close() {
            if (!RETURNED.compareAndSet(this, false, true)) {
                return;
            }
            if (!closed) {
                keep(new Request(memory().byteSize(), byteAlignment), chunk);
                return;
            }
            try {
                chunk.close();
            } catch (IllegalStateException e) {
                RETURNED.setVolatile(this, false);
                throw e;
            }
        }
    }
}
