package dev.ashlar.testkit;

import dev.ashlar.api.support.LeakReport;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects the warnings of {@link LeakReport} until closed, in place of the error stream. */
public final class LeakLog implements AutoCloseable {

    private final Logger logger = Logger.getLogger(LeakReport.LOGGER);
    private final Queue<String> messages = new ConcurrentLinkedQueue<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord report) {
            messages.add(report.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    /** Starts to collect. */
    public LeakLog() {
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
    }

    /**
     * The warnings so far, without those of {@link #dropped()}: other tests of the same JVM may have dropped
     * allocators, which the collector finds during this one.
     */
    public List<String> messages() {
        return messages.stream().filter(message -> !isOfDropped(message)).toList();
    }

    /** The warnings so far about what was dropped without being closed, by any test of this JVM. */
    public List<String> dropped() {
        return messages.stream().filter(LeakLog::isOfDropped).toList();
    }

    private static boolean isOfDropped(String message) {
        return message.contains(" was dropped without being closed");
    }

    @Override
    public void close() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }
}
