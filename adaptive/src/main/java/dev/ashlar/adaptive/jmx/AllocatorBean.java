package dev.ashlar.adaptive.jmx;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AdaptiveReport.PooledObjects;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.watch.RecentReport;
import dev.ashlar.api.AllocationException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import javax.management.MBeanRegistration;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * Reads a report as the bean shows it.
 *
 * @param isShown false from when it is in no server any more, whoever took it out: its name may be another's then
 */
record AllocatorBean(AdaptiveAllocator allocator, RecentReport reports, AtomicBoolean isShown)
        implements AllocatorMXBean, MBeanRegistration {

    @Override
    public ObjectName preRegister(MBeanServer server, ObjectName name) {
        return name;
    }

    @Override
    public void postRegister(Boolean done) {}

    @Override
    public void preDeregister() {}

    @Override
    public void postDeregister() {
        isShown.set(false);
    }

    private AdaptiveReport report() {
        return reports.latest();
    }

    private static long orNone(AdaptiveReport report, long limit) {
        return report.limitBytes() == AllocationException.NO_LIMIT ? -1 : limit;
    }

    @Override
    public long getLimitBytes() {
        return orNone(report(), report().limitBytes());
    }

    @Override
    public long getSoftLimitBytes() {
        return orNone(report(), report().softLimitBytes());
    }

    @Override
    public Map<String, Long> getTotals() {
        return report().totals().figures();
    }

    @Override
    public double getHitRate() {
        return report().totals().hitRate();
    }

    @Override
    public double getFragmentation() {
        return report().totals().internalFragmentation();
    }

    @Override
    public double getUtilisation() {
        return report().totals().utilisation();
    }

    @Override
    public List<TierFigures> getTiers() {
        return report().tiers().stream().map(TierFigures::of).toList();
    }

    @Override
    public Map<String, Map<String, Long>> getTags() {
        return report().tags().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, tag -> tag.getValue().figures()));
    }

    @Override
    public Map<String, PooledObjects> getPools() {
        return report().pools();
    }

    @Override
    public List<String> getAlerts() {
        return report().alerts().stream().map(AllocatorEvent::describe).toList();
    }

    @Override
    public List<String> getHistory() {
        return report().history().stream()
                .map(event -> event.time() + " " + event.describe())
                .toList();
    }

    @Override
    public String getSummary() {
        return report().text();
    }

    @Override
    public long trim() {
        return allocator.trim();
    }
}
