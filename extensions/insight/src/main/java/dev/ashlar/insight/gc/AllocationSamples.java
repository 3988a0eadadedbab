package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.GcFigures.Site;
import java.lang.constant.ClassDesc;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingStream;
import org.jspecify.annotations.Nullable;

/**
 * What the flight recorder tells of allocations: samples with their places, objects that are too large for a thread's
 * buffer, and threads that wait for memory. Events come about a second late.
 *
 * <p>The samples are throttled by the JVM. Events of large objects are not, so they are switched off for the rest of a
 * window in which there are too many. Safe for use by many threads.
 */
final class AllocationSamples implements AutoCloseable {

    private static final String SAMPLE = "jdk.ObjectAllocationSample";
    private static final String LARGE = "jdk.ObjectAllocationOutsideTLAB";
    private static final String STALL = "jdk.ZAllocationStall";

    /** Each takes some microseconds, mostly for the stack: a few thousandths of the time. */
    private static final int MOST_LARGE = 2000;

    /** More places than this are not told apart: nobody reads so many. */
    private static final int MOST_SITES = 1000;

    private static final String JDK_ONLY = "the JDK";

    private final RecordingStream stream;
    private Sums sums = new Sums();

    private AllocationSamples(RecordingStream stream) {
        this.stream = stream;
    }

    static AllocationSamples start() {
        RecordingStream stream = new RecordingStream();
        AllocationSamples samples = new AllocationSamples(stream);
        stream.enable(SAMPLE).with("throttle", "200/s");
        stream.enable(LARGE).withStackTrace();
        stream.enable(STALL).withoutStackTrace();
        stream.onEvent(SAMPLE, event -> samples.sampled(event));
        stream.onEvent(LARGE, event -> samples.large(event));
        stream.onEvent(STALL, event -> samples.stalled(event));
        stream.startAsync();
        return samples;
    }

    private synchronized void sampled(RecordedEvent event) {
        sums.at(event).sampled += event.getLong("weight");
    }

    private synchronized void large(RecordedEvent event) {
        long bytes = event.getLong("allocationSize");
        SiteSums site = sums.at(event);
        site.largeObjects++;
        site.largeBytes += bytes;
        site.largest = Math.max(site.largest, bytes);
        if (++sums.largeObjects == MOST_LARGE) {
            stream.disable(LARGE);
        }
    }

    private synchronized void stalled(RecordedEvent event) {
        sums.stalled = sums.stalled.plus(event.getDuration());
        sums.longestStall =
                sums.longestStall.compareTo(event.getDuration()) < 0 ? event.getDuration() : sums.longestStall;
    }

    /** What was seen since the last call. */
    synchronized Sums take() {
        Sums taken = sums;
        sums = new Sums();
        if (taken.largeObjects >= MOST_LARGE) {
            stream.enable(LARGE).withStackTrace();
        }
        return taken;
    }

    @Override
    public void close() {
        stream.close();
    }

    /** A type of objects and a place. */
    private record Key(String type, String place) {
        static Key of(RecordedEvent event) {
            return new Key(typeOf(event.getClass("objectClass").getName()), placeOf(event));
        }

        private static String typeOf(String name) {
            return name.startsWith("[")
                    ? ClassDesc.ofDescriptor(name.replace('.', '/')).displayName()
                    : name;
        }

        private static String placeOf(RecordedEvent event) {
            if (event.getStackTrace() == null) {
                return JDK_ONLY;
            }
            return event.getStackTrace().getFrames().stream()
                    .filter(frame -> frame.isJavaFrame() && !isOfJdk(frame))
                    .findFirst()
                    .map(frame -> frame.getMethod().getType().getName() + "."
                            + frame.getMethod().getName() + ":" + frame.getLineNumber())
                    .orElse(JDK_ONLY);
        }

        private static boolean isOfJdk(RecordedFrame frame) {
            String name = frame.getMethod().getType().getName();
            return name.startsWith("java.") || name.startsWith("jdk.") || name.startsWith("sun.");
        }
    }

    private static final class SiteSums {
        private long sampled;
        private long largeObjects;
        private long largeBytes;
        private long largest;
    }

    /** What was seen in a window. Does not change after it was taken. */
    static final class Sums {

        /** Nothing was seen. */
        static final Sums NONE = new Sums();

        private final Map<Key, SiteSums> sites = new HashMap<>();
        private int largeObjects;
        private Duration stalled = Duration.ZERO;
        private Duration longestStall = Duration.ZERO;

        private SiteSums at(RecordedEvent event) {
            Key key = Key.of(event);
            @Nullable SiteSums known = sites.get(key);
            return known != null || sites.size() < MOST_SITES
                    ? sites.computeIfAbsent(key, _ -> new SiteSums())
                    : sites.computeIfAbsent(new Key("(others)", "(others)"), _ -> new SiteSums());
        }

        Duration stalled() {
            return stalled;
        }

        Duration longestStall() {
            return longestStall;
        }

        /**
         * The sites, with their shares of what was allocated.
         *
         * @param allocated bytes in the window
         */
        List<Site> sites(long allocated) {
            double sampled =
                    sites.values().stream().mapToLong(site -> site.sampled).sum();
            boolean areLargeCounted = largeObjects < MOST_LARGE;
            return sites.entrySet().stream()
                    .map(entry -> {
                        SiteSums sums = entry.getValue();
                        double share = sampled == 0 ? 0 : sums.sampled / sampled;
                        double large = allocated == 0 ? 0 : Math.min(1, (double) sums.largeBytes / allocated);
                        double all = Math.max(share, large);
                        return new Site(
                                entry.getKey().type,
                                entry.getKey().place,
                                all,
                                areLargeCounted || sums.largeObjects == 0 ? large : all,
                                sums.largeObjects == 0 ? 0 : sums.largeBytes / sums.largeObjects,
                                sums.largest);
                    })
                    .sorted(Comparator.comparingDouble(Site::share).reversed())
                    .toList();
        }
    }
}
