package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.GcFigures.Site;
import java.lang.System.Logger.Level;
import java.lang.constant.ClassDesc;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedMethod;
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

    /** Enough for shares of a few per cent. An event takes tens of microseconds, mostly for its stack. */
    private static final int MOST_LARGE = 500;

    /** The same for the samples of a window of ten seconds. */
    private static final String SAMPLES = "50/s";

    /** More places than this are not told apart: nobody reads so many. */
    private static final int MOST_SITES = 1000;

    private static final Key OTHERS = new Key("(others)", "(others)");

    private final RecordingStream stream = new RecordingStream();
    private Sums sums = new Sums();

    private AllocationSamples() {
        stream.enable(SAMPLE).with("throttle", SAMPLES);
        stream.enable(LARGE).withStackTrace();
        stream.enable(STALL).withoutStackTrace();
        stream.onEvent(SAMPLE, this::sampled);
        stream.onEvent(LARGE, this::large);
        stream.onEvent(STALL, this::stalled);
    }

    /** Starts a recording. Null if the recorder cannot run, for example without a folder that it can write to. */
    static @Nullable AllocationSamples start() {
        try {
            AllocationSamples samples = new AllocationSamples();
            samples.stream.startAsync();
            return samples;
        } catch (IllegalStateException e) {
            System.getLogger("dev.ashlar.insight")
                    .log(Level.WARNING, "Advice names no places that allocate, without a recorder: " + e.getMessage());
            return null;
        }
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
        long nanos = event.getDuration().toNanos();
        sums.stalledNanos += nanos;
        sums.longestStallNanos = Math.max(sums.longestStallNanos, nanos);
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
            return Stream.ofNullable(event.getStackTrace())
                    .flatMap(trace -> trace.getFrames().stream())
                    .filter(frame -> frame.isJavaFrame() && isOfProgram(frame.getMethod()))
                    .findFirst()
                    .map(frame -> frame.getMethod().getType().getName() + "."
                            + frame.getMethod().getName() + ":" + frame.getLineNumber())
                    .orElse("the JDK");
        }

        private static boolean isOfProgram(RecordedMethod method) {
            String name = method.getType().getName();
            return Stream.of("java.", "jdk.", "sun.", "dev.ashlar.insight.gc.").noneMatch(name::startsWith);
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
        long stalledNanos;
        long longestStallNanos;

        private SiteSums at(RecordedEvent event) {
            Key key = Key.of(event);
            boolean hasRoom = sites.size() < MOST_SITES || sites.containsKey(key);
            return sites.computeIfAbsent(hasRoom ? key : OTHERS, _ -> new SiteSums());
        }

        /**
         * The sites, with their shares of what was allocated.
         *
         * @param allocated bytes in the window
         */
        List<Site> sites(long allocated) {
            long sampled =
                    sites.values().stream().mapToLong(site -> site.sampled).sum();
            return sites.entrySet().stream()
                    .map(site -> site(site.getKey(), site.getValue(), sampled, allocated))
                    .sorted(Comparator.comparingDouble(Site::share).reversed())
                    .toList();
        }

        private Site site(Key key, SiteSums sums, long sampledOfAll, long allocated) {
            double sampled = (double) sums.sampled / Math.max(1, sampledOfAll);
            double large = Math.min(1, (double) sums.largeBytes / Math.max(1, allocated));
            double share = Math.max(sampled, large);
            boolean isCounted = largeObjects < MOST_LARGE || sums.largeObjects == 0;
            long largeSize = sums.largeBytes / Math.max(1, sums.largeObjects);
            return new Site(key.type, key.place, share, isCounted ? large : share, largeSize, sums.largest);
        }
    }
}
