package dev.ashlar.api.support;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One warning of blocks, objects or allocators that were never freed, released or closed. It says what was lost and
 * what is known about it.
 *
 * <p>Only these warnings go to the {@link System.Logger} named {@code dev.ashlar.leaks}. It writes to the error stream
 * if nothing is configured, while SLF4J without a binding would drop them. The artifact {@code
 * slf4j-jdk-platform-logging} sends them to SLF4J.
 *
 * <p>A report that nothing was lost logs nothing. Not safe for use by many threads.
 */
public final class LeakReport {

    /** The name of the logger. */
    public static final String LOGGER = "dev.ashlar.leaks";

    /** The most sizes and tags in one message: as many as fit a line on a screen. */
    private static final int MOST_LISTED = 8;

    /** The most sizes that are counted separately; blocks of other sizes are counted together. */
    private static final int MOST_SIZES = 1024;

    private final StringBuilder text;

    private LeakReport(String lost) {
        text = new StringBuilder(lost);
    }

    /** A report that nothing was lost. */
    public static LeakReport none() {
        return new LeakReport("");
    }

    /**
     * Something is closed whose blocks may be live.
     *
     * @param name what is closed
     * @param last its figures just before
     * @param fate what happens to the live blocks, a sentence
     */
    public static LeakReport closed(String name, AllocatorStats last, String fate) {
        return last.liveBlocks() <= 0 ? none() : new LeakReport(name + " is closed with " + blocks(last) + ". " + fate);
    }

    /**
     * A pool is closed, and objects of it may be acquired.
     *
     * @param name what is closed
     * @param out objects that were acquired and not released
     */
    public static LeakReport closed(String name, long out) {
        return out <= 0
                ? none()
                : new LeakReport(name + " is closed with " + counted(out, "object")
                        + " out. The pool destroys what is released later.");
    }

    /**
     * An allocator was collected that had never been closed.
     *
     * @param name what it was
     * @param lostBytes bytes that the process can no longer free
     * @param maker where it was made
     */
    public static LeakReport dropped(String name, long lostBytes, String maker) {
        return lostBytes <= 0
                ? none()
                : new LeakReport(name + " was dropped without being closed: " + lostBytes + " bytes are lost. Made at "
                        + maker + ".");
    }

    /**
     * Something was lost that was allocated at known places.
     *
     * @param lost what was lost, the beginning of a sentence that the places end
     * @param places each a line or more, the worst first; with none, nothing was lost
     */
    public static LeakReport at(String lost, List<String> places) {
        if (places.isEmpty()) {
            return none();
        }
        LeakReport report = new LeakReport(lost + " at");
        places.stream()
                .limit(MOST_LISTED)
                .forEach(place -> report.text.append("\n").append(place));
        int more = places.size() - MOST_LISTED;
        report.text.append(more > 0 ? "\nand " + counted(more, "other place") : "");
        return report;
    }

    /**
     * Adds the sizes of the live blocks, after rounding: those with the most bytes, and how many blocks of each. Costs
     * one walk, and nothing if nothing was lost.
     *
     * @param walk shows a visitor every live block; if it throws, the message has no sizes
     */
    public LeakReport sizes(Consumer<Inspectable.Visitor> walk) {
        if (isEmpty()) {
            return this;
        }
        Map<Long, Long> counts = new HashMap<>();
        try {
            walk.accept(new Inspectable.Visitor() {
                @Override
                public void live(long address, long byteSize) {
                    if (counts.size() < MOST_SIZES || counts.containsKey(byteSize)) {
                        counts.merge(byteSize, 1L, Long::sum);
                    }
                }
            });
        } catch (RuntimeException e) {
            return this; // a report must not prevent a close
        }
        Comparator<Map.Entry<Long, Long>> byBytes = Comparator.comparingLong(size -> size.getKey() * size.getValue());
        list(
                "Sizes",
                counts.entrySet().stream()
                        .sorted(byBytes.reversed().thenComparing(Map.Entry.comparingByKey()))
                        .map(size -> size.getValue() + " x " + size.getKey()));
        return this;
    }

    /**
     * Adds the tags that live blocks have.
     *
     * @param byTag figures of each tag; those without live blocks are left out
     */
    public LeakReport tags(Map<String, AllocatorStats> byTag) {
        if (!isEmpty()) {
            Comparator<Map.Entry<String, AllocatorStats>> byBytes =
                    Comparator.comparingLong(tag -> tag.getValue().requestedBytes());
            list(
                    "Tags",
                    byTag.entrySet().stream()
                            .filter(tag -> tag.getValue().liveBlocks() > 0)
                            .sorted(byBytes.reversed().thenComparing(Map.Entry.comparingByKey()))
                            .map(tag -> "'" + tag.getKey() + "' " + blocks(tag.getValue())));
        }
        return this;
    }

    /**
     * Adds the names of what holds the live blocks, such as files.
     *
     * @param title what they are
     * @param names in the order of the message
     */
    public LeakReport names(String title, Collection<String> names) {
        if (!isEmpty()) {
            list(title, names.stream());
        }
        return this;
    }

    private void list(String title, Stream<String> found) {
        List<String> all = found.toList();
        if (!all.isEmpty()) {
            text.append(' ').append(title).append(": ");
            text.append(String.join(", ", all.subList(0, Math.min(MOST_LISTED, all.size()))));
            text.append(all.size() > MOST_LISTED ? " and others." : ".");
        }
    }

    private static String blocks(AllocatorStats stats) {
        return counted(stats.liveBlocks(), "live block") + " of " + stats.requestedBytes() + " bytes";
    }

    private static String counted(long number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    private boolean isEmpty() {
        return text.isEmpty();
    }

    /** Logs the warning, if anything was lost. */
    public void log() {
        if (!isEmpty()) {
            System.getLogger(LOGGER).log(System.Logger.Level.WARNING, text.toString());
        }
    }
}
