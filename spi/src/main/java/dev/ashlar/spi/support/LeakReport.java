package dev.ashlar.spi.support;

import dev.ashlar.api.AllocatorStats;

/**
 * Warns of blocks that were live when their allocator was closed.
 *
 * <p>These warnings, and no others, go to the {@link System.Logger} named {@code dev.ashlar.leaks}: it writes to the
 * error stream if nothing is configured, while SLF4J without a binding would drop them. An application that has SLF4J
 * gets them there too, once, by the artifact {@code slf4j-jdk-platform-logging}.
 */
public final class LeakReport {

    /** The name of the logger. */
    public static final String LOGGER = "dev.ashlar.leaks";

    private LeakReport() {}

    /** An allocator that others are made of, which can leave the report to them. */
    public interface Part {

        /** Closes as {@link dev.ashlar.api.Allocator#close} does, without a report. */
        void closeWithoutReport();
    }

    /**
     * Warns if there are live blocks.
     *
     * @param name what is closed
     * @param last its figures just before
     */
    public static void warn(String name, AllocatorStats last) {
        if (last.liveBlocks() > 0) {
            System.getLogger(LOGGER)
                    .log(
                            System.Logger.Level.WARNING,
                            "'" + name + "' is closed with " + last.liveBlocks() + " live blocks of "
                                    + last.requestedBytes() + " bytes, which are gone now.");
        }
    }
}
