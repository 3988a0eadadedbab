package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.internal.record.Recorder;
import dev.ashlar.api.Registration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects events where they happen and delivers them later, on the housekeeping thread: whoever takes a chunk holds
 * locks of a strategy at that moment, and no listener may run there.
 *
 * <p>Both the events that wait and the history are bounded; what does not fit is dropped, the history's oldest first.
 */
final class EventLog {

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    /** Chunks come in bursts, and a pass a second fetches them. */
    private static final int MOST_WAITING = 4096;

    /** A decision every few seconds, for a quarter of an hour. */
    private static final int MOST_HISTORY = 256;

    private final Queue<AllocatorEvent> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final List<Consumer<? super AllocatorEvent>> listeners = new CopyOnWriteArrayList<>();

    /** Guarded by itself. */
    private final Deque<AllocatorEvent> history = new ArrayDeque<>();

    /** Gets every event at once. */
    final Recorder recorder = Recorder.ofJvm();

    private final InstantSource clock;

    EventLog(InstantSource clock) {
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** Notes an event; for any thread, and never waits. */
    void add(AllocatorEvent event) {
        recorder.happened(event);
        if (waitingCount.get() < MOST_WAITING) {
            waitingCount.incrementAndGet();
            waiting.add(event);
        }
    }

    /** Notes a decision, and logs it. For the housekeeping thread. */
    void decided(AllocatorEvent event) {
        LOG.debug("{}", event.describe());
        synchronized (history) {
            if (history.size() == MOST_HISTORY) {
                history.removeFirst();
            }
            history.addLast(event);
        }
        add(event);
    }

    /** Decisions, the oldest first. */
    List<AllocatorEvent> history() {
        synchronized (history) {
            return List.copyOf(history);
        }
    }

    Registration listen(Consumer<? super AllocatorEvent> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Tells the listeners what waits. For the housekeeping thread. */
    void deliver() {
        for (AllocatorEvent event = waiting.poll(); event != null; event = waiting.poll()) {
            waitingCount.decrementAndGet();
            for (Consumer<? super AllocatorEvent> listener : listeners) {
                try {
                    listener.accept(event);
                } catch (RuntimeException | Error e) {
                    LOG.warn("a listener failed on: {}", event.describe(), e);
                }
            }
        }
    }
}
