package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.internal.record.Recorder;
import dev.ashlar.api.Registration;
import dev.ashlar.api.support.Listeners;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects events and delivers them later, on the housekeeping thread. A thread that takes a chunk holds locks of a
 * strategy at that moment, so no listener may run there.
 *
 * <p>The waiting events and the history are bounded. Events that do not fit are dropped, and of the history the oldest.
 */
final class EventLog {

    private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);

    /** The most waiting events. Chunks are taken in bursts, and one pass a second delivers the events. */
    private static final int MOST_WAITING = 4096;

    /** The length of the history: a decision every few seconds for a quarter of an hour. */
    private static final int MOST_HISTORY = 256;

    private final Queue<AllocatorEvent> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingCount = new AtomicInteger();
    private final Listeners<Consumer<? super AllocatorEvent>> listeners = new Listeners<>();

    /** Guarded by itself. */
    private final Deque<AllocatorEvent> history = new ArrayDeque<>();

    /** Receives every event at once. */
    final Recorder recorder = Recorder.ofJvm();

    private final InstantSource clock;

    EventLog(InstantSource clock) {
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** Records an event. For any thread; never waits. */
    void add(AllocatorEvent event) {
        recorder.happened(event);
        if (waitingCount.get() < MOST_WAITING) {
            waitingCount.incrementAndGet();
            waiting.add(event);
        }
    }

    /** Records a decision and logs it. For the housekeeping thread. */
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
        return listeners.add(listener);
    }

    /** Delivers the waiting events to the listeners. For the housekeeping thread. */
    void deliver() {
        for (AllocatorEvent event = waiting.poll(); event != null; event = waiting.poll()) {
            waitingCount.decrementAndGet();
            for (Consumer<? super AllocatorEvent> listener : listeners.now()) {
                try {
                    listener.accept(event);
                } catch (RuntimeException | Error e) {
                    LOG.warn("a listener failed on: {}", event.describe(), e);
                }
            }
        }
    }
}
