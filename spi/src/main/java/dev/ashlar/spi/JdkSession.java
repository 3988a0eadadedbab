package dev.ashlar.spi;

import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.MemorySource.Session;
import dev.ashlar.spi.support.HousekeepingThread;
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

    /** Runs a task later, after the delay. */
    private final BiConsumer<Duration, Runnable> housekeeping;

    /** Held by a thread that closes what is kept. */
    private final Object closing = new Object();

    /** Chunks that came back, by what was asked for; no deque is empty. Guarded by itself. */
    private final Map<Request, Deque<JdkChunk>> kept = new HashMap<>();

    /** Whether the housekeeping thread was asked to close what is kept, after the delay or at once. */
    private final AtomicBoolean isAsked = new AtomicBoolean();

    private final AtomicBoolean isUrged = new AtomicBoolean();

    private volatile boolean closed;

    private record Request(long byteSize, long byteAlignment) {}

    JdkSession() {
        this(HousekeepingThread::runAfter);
    }

    /** For tests, which run the housekeeping themselves. */
    JdkSession(BiConsumer<Duration, Runnable> housekeeping) {
        this.housekeeping = housekeeping;
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        JdkMemorySource.requireValid(byteSize, byteAlignment);
        if (closed) {
            throw new IllegalStateException("The session with the memory source 'jdk' is closed");
        }
        JdkChunk returned = takeKept(new Request(byteSize, byteAlignment));
        if (returned != null) {
            return returned.again();
        }
        if (KEPT_BYTES.get() > MOST_KEPT) {
            closeKept();
        }
        JdkChunk chunk = JdkChunk.make(byteSize, byteAlignment, this);
        return chunk == null && closeKept() ? JdkChunk.make(byteSize, byteAlignment, this) : chunk;
    }

    /**
     * Takes a chunk back.
     *
     * @return false if the session is closed: then the caller closes the chunk
     */
    boolean keep(JdkChunk chunk) {
        if (closed) {
            return false;
        }
        add(chunk);
        if (closed) { // meanwhile
            closeKept();
        } else {
            boolean isMuch = KEPT_BYTES.get() > MOST_KEPT;
            schedule(isMuch ? Duration.ZERO : DELAY, isMuch ? isUrged : isAsked);
        }
        return true;
    }

    private void add(JdkChunk chunk) {
        Request request = new Request(chunk.memory().byteSize(), chunk.byteAlignment());
        synchronized (kept) {
            kept.computeIfAbsent(request, _ -> new ArrayDeque<>()).add(chunk);
            KEPT_BYTES.addAndGet(chunk.takenBytes());
        }
    }

    private @Nullable JdkChunk takeKept(Request request) {
        synchronized (kept) {
            Deque<JdkChunk> same = kept.get(request);
            return same == null ? null : takeKept(request, same);
        }
    }

    private @Nullable JdkChunk takeAnyKept() {
        synchronized (kept) {
            Iterator<Map.Entry<Request, Deque<JdkChunk>>> entries =
                    kept.entrySet().iterator();
            if (!entries.hasNext()) {
                return null;
            }
            Map.Entry<Request, Deque<JdkChunk>> entry = entries.next();
            return takeKept(entry.getKey(), entry.getValue());
        }
    }

    /** Under the lock of the map. */
    private JdkChunk takeKept(Request request, Deque<JdkChunk> same) {
        JdkChunk chunk = same.removeLast();
        if (same.isEmpty()) {
            kept.remove(request);
        }
        KEPT_BYTES.addAndGet(-chunk.takenBytes());
        return chunk;
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
        List<JdkChunk> busy = new ArrayList<>();
        synchronized (closing) {
            for (JdkChunk next = takeAnyKept(); next != null; next = takeAnyKept()) {
                try {
                    next.closeArena();
                    any = true;
                } catch (IllegalStateException e) { // a foreign call uses it
                    busy.add(next);
                }
            }
        }
        for (JdkChunk again : busy) {
            add(again);
            schedule(DELAY, isAsked);
        }
        return any;
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
}
