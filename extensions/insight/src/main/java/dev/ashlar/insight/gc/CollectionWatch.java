package dev.ashlar.insight.gc;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.GcInfo;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * Adds up the collections of a window by the notifications of the platform beans, which every collector sends. Safe for
 * use by many threads. A notification comes on a thread of the JVM, and costs a few additions.
 *
 * <p>Beans tell times in whole milliseconds of one clock. A pause that is shorter counts 0 or 1, which is right on
 * average.
 */
final class CollectionWatch implements AutoCloseable {

    /** The beans of young collections. */
    private static final Set<String> YOUNG =
            Set.of("G1 Young Generation", "PS Scavenge", "Copy", "ZGC Minor Cycles", "ZGC Minor Pauses");

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Collector collector = Collector.of(ManagementFactory.getGarbageCollectorMXBeans());
    private final List<NotificationEmitter> emitters = ManagementFactory.getGarbageCollectorMXBeans().stream()
            .filter(NotificationEmitter.class::isInstance)
            .map(NotificationEmitter.class::cast)
            .toList();
    private final Set<String> heapPools = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toUnmodifiableSet());
    private final long region = collector == Collector.G1 ? regionSize() : 0;
    private final NotificationListener listener = this::notified;

    // Of the current window, guarded by this.
    private long since = System.nanoTime();
    private long allocatedBefore = THREADS.getTotalThreadAllocatedBytes();
    private Window window = new Window();

    /** The sums of a window, in bytes and milliseconds. */
    private static final class Window {
        private int young;
        private int whole;
        private int humongous;
        private long paused;
        private long pausedForYoung;
        private long longest;
        private String longestCause = "";
        private long peakUsed;
        private long leastLeft = Long.MAX_VALUE;
        private long leastLeftByWhole = Long.MAX_VALUE;
        private long before;
        private long after;
        private long reclaimed;
        private long promoted;

        private long live() {
            return whole > 0 ? leastLeftByWhole : young > 0 ? leastLeft : -1;
        }

        private long mean(long sum) {
            return sum / Math.max(1, young + whole);
        }
    }

    private CollectionWatch() {}

    static CollectionWatch start() {
        CollectionWatch watch = new CollectionWatch();
        watch.emitters.forEach(emitter -> emitter.addNotificationListener(watch.listener, null, null));
        return watch;
    }

    private static long regionSize() {
        HotSpotDiagnosticMXBean flags = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return Long.parseLong(flags.getVMOption("G1HeapRegionSize").getValue());
    }

    private void notified(Notification notification, Object handback) {
        if (notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            GarbageCollectionNotificationInfo info =
                    GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
            add(info.getGcName(), info.getGcCause(), info.getGcInfo());
        }
    }

    /** ZGC has beans for pauses and for cycles. The concurrent bean of G1 tells of pauses within a cycle. */
    private synchronized void add(String bean, String cause, GcInfo info) {
        boolean isYoung = YOUNG.contains(bean);
        if (!bean.endsWith("Cycles")) {
            window.paused += info.getDuration();
            window.pausedForYoung += isYoung ? info.getDuration() : 0;
            if (info.getDuration() > window.longest) {
                window.longest = info.getDuration();
                window.longestCause = cause;
            }
        }
        if (bean.endsWith("Pauses") || bean.equals("G1 Concurrent GC")) {
            return;
        }
        window.young += isYoung ? 1 : 0;
        window.whole += isYoung ? 0 : 1;
        window.humongous += cause.equals("G1 Humongous Allocation") ? 1 : 0;
        long before = used(info.getMemoryUsageBeforeGc(), "");
        long after = used(info.getMemoryUsageAfterGc(), "");
        window.peakUsed = Math.max(window.peakUsed, Math.max(before, after));
        window.leastLeft = Math.min(window.leastLeft, after);
        window.before += before;
        window.after += after;
        window.reclaimed += Math.max(0, before - after);
        if (isYoung) {
            window.promoted += Math.max(0, old(info.getMemoryUsageAfterGc()) - old(info.getMemoryUsageBeforeGc()));
        } else {
            window.leastLeftByWhole = Math.min(window.leastLeftByWhole, after);
        }
    }

    private long old(Map<String, MemoryUsage> pools) {
        return used(pools, "Old") + used(pools, "Tenured");
    }

    private long used(Map<String, MemoryUsage> pools, String inName) {
        return pools.entrySet().stream()
                .filter(pool ->
                        heapPools.contains(pool.getKey()) && pool.getKey().contains(inName))
                .mapToLong(pool -> pool.getValue().getUsed())
                .sum();
    }

    /** The figures of the window that ends now. The next one begins. */
    synchronized GcFigures take(AllocationSamples.Sums samples) {
        Window ended = window;
        window = new Window();
        long now = System.nanoTime();
        long allocatedNow = THREADS.getTotalThreadAllocatedBytes();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        long allocated = Math.max(0, allocatedNow - allocatedBefore);
        GcFigures figures = new GcFigures(
                collector,
                Duration.ofNanos(now - since),
                heap.getMax(),
                heap.getCommitted(),
                Math.max(ended.peakUsed, heap.getUsed()),
                ended.live(),
                ended.mean(ended.before),
                ended.mean(ended.after),
                ended.reclaimed,
                ended.young,
                ended.whole,
                ended.humongous,
                Duration.ofMillis(ended.paused),
                Duration.ofMillis(ended.pausedForYoung),
                Duration.ofMillis(ended.longest),
                ended.longestCause,
                Duration.ofNanos(samples.stalledNanos),
                Duration.ofNanos(samples.longestStallNanos),
                allocated,
                ended.promoted,
                region,
                samples.sites(allocated));
        since = now;
        allocatedBefore = allocatedNow;
        return figures;
    }

    @Override
    public void close() {
        for (NotificationEmitter emitter : emitters) {
            try {
                emitter.removeNotificationListener(listener);
            } catch (ListenerNotFoundException e) {
                return; // closed before
            }
        }
    }
}
