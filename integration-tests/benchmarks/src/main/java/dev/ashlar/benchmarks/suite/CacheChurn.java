package dev.ashlar.benchmarks.suite;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.sun.management.GarbageCollectionNotificationInfo;
import dev.ashlar.api.Allocator;
import dev.ashlar.cache.OffHeapCache;
import dev.ashlar.slab.Slab;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures what a cache costs the Java heap: its size, and the collections while values are replaced. */
@Command(
        name = "cache",
        description =
                "Fills a cache, then reads and replaces values at random, and prints what the Java heap has and"
                        + " how long its collections were. A JVM measures one kind of cache: give it the heap and the collector.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CacheChurn implements Callable<Integer> {

    /** Where values are. */
    enum Place {
        ASHLAR,
        HEAP
    }

    /** One of so many operations replaces a value. */
    private static final int REPLACED = 10;

    @Spec
    private CommandSpec spec;

    @Option(names = "--values", description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Place place = Place.ASHLAR;

    @Option(names = "--fill", paramLabel = "MIB", description = "Bytes of values. Default: ${DEFAULT-VALUE}.")
    private int mebibytes = 2_048;

    @Option(names = "--size", paramLabel = "BYTES", description = "Size of a value. Default: ${DEFAULT-VALUE}.")
    private int size = 1_024;

    @Option(names = "--seconds", paramLabel = "N", description = "Time of the load. Default: ${DEFAULT-VALUE}.")
    private int seconds = 20;

    @Override
    public Integer call() {
        int entries = Math.toIntExact(((long) mebibytes << 20) / size);
        switch (place) {
            case ASHLAR -> {
                try (Allocator allocator = Slab.allocator();
                        OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(
                                        allocator, (long) entries * size * 2)
                                .build()) {
                    measure(entries, cache::get, (value, key) -> cache.put(key, value));
                }
            }
            case HEAP -> {
                var cache = Caffeine.newBuilder().maximumSize(entries).<Integer, byte[]>build();
                measure(entries, cache::getIfPresent, (value, key) -> cache.put(key, value));
            }
        }
        return 0;
    }

    private void measure(int entries, IntFunction<byte @Nullable []> get, ObjIntConsumer<byte[]> put) {
        long before = usedAfterCollection();
        for (int key = 0; key < entries; key++) {
            put.accept(new byte[size], key);
        }
        long after = usedAfterCollection();
        Recorder recorder = watchPauses();
        SplittableRandom random = new SplittableRandom(1);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long operations = 0;
        long found = 0;
        while (System.nanoTime() - end < 0) {
            for (int i = 0; i < 1_000; i++) {
                int key = random.nextInt(entries);
                if (i % REPLACED == 0) {
                    put.accept(new byte[size], key);
                } else if (get.apply(key) != null) {
                    found++;
                }
            }
            operations += 1_000;
        }
        Histogram pauses = recorder.getIntervalHistogram();
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%s: %d values of %d bytes; heap %d MiB, %d bytes for each value; %d operations a second, found %.1f %%;"
                                + " %d pauses, median %.1f ms, longest %.1f ms, sum %d ms%n",
                        place,
                        entries,
                        size,
                        (after - before) >> 20,
                        (after - before) / entries,
                        operations / Math.max(1, seconds),
                        100.0 * found * REPLACED / (REPLACED - 1) / operations,
                        pauses.getTotalCount(),
                        pauses.getValueAtPercentile(50) / 1e3,
                        pauses.getMaxValue() / 1e3,
                        Math.round(pauses.getMean() * pauses.getTotalCount() / 1e3));
    }

    private static long usedAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Times of pauses in microseconds, from now on. Collectors that run beside the program tell of pauses apart. */
    private static Recorder watchPauses() {
        Recorder pauses = new Recorder(3);
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            boolean isPause = !collector.getName().contains("Cycles")
                    && !collector.getName().contains("Concurrent");
            if (isPause && collector instanceof NotificationEmitter emitter) {
                emitter.addNotificationListener(
                        (notification, _) -> {
                            var info =
                                    GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
                            pauses.recordValue(info.getGcInfo().getDuration() * 1_000);
                        },
                        notification -> notification
                                .getType()
                                .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION),
                        null);
            }
        }
        return pauses;
    }
}
