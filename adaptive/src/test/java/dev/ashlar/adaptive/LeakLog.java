package dev.ashlar.adaptive;

import dev.ashlar.spi.support.LeakReport;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Collects the warnings of blocks and allocators that are lost, until closed. */
public final class LeakLog extends Handler implements AutoCloseable {

    private final Logger logger = Logger.getLogger(LeakReport.LOGGER);
    private final Queue<String> messages = new ConcurrentLinkedQueue<>();

    /** Begins to collect. */
    public LeakLog() {
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord report) {
        messages.add(report.getMessage());
    }

    @Override
    public void flush() {}

    /** What was logged so far. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
