package dev.ashlar.api.compose;

import dev.ashlar.api.support.LeakReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a tracking allocator, with its views, and a tracking pool have in common: when to sample, the sites, and the
 * reports.
 */
abstract class Tracker implements Tracked {

    final Tracking tracking;
    final AllocationSites sites;
    private final SampleCountdown countdown;
    private final TrackingReport.Kind kind;
    private final Instant since;
    private volatile boolean closed;

    /**
     * Nothing tracked yet.
     *
     * @param perSample the mean number of bytes or objects for each sample
     */
    Tracker(Tracking tracking, TrackingReport.Kind kind, long perSample) {
        this.tracking = tracking;
        this.kind = kind;
        this.since = tracking.clock.instant();
        this.countdown = new SampleCountdown(perSample, tracking.seed);
        this.sites = new AllocationSites(tracking.frames);
    }

    /** Shows every sampled live block or object. */
    abstract void walk(SampledBlocks.Visitor visitor);

    /** How much of what is sampled a block of a size is: its bytes, or one object. */
    abstract long amount(long byteSize);

    /** Counts a block or object. If this is true, {@link #begin} must follow. */
    final boolean isDue(long amount) {
        return countdown.isDue(amount);
    }

    final boolean isOfEvery() {
        return countdown.isOfEvery();
    }

    final double weight(long byteSize) {
        return countdown.weight(amount(byteSize));
    }

    /** What is known of a block that is sampled now, by this thread. Counts it as allocated. */
    final SampledBlocks.Entry begin(
            long address, long byteSize, @Nullable String tag, @Nullable UnreachableWatch watch) {
        countdown.restart();
        AllocationSites.Site site = sites.here(tag);
        site.allocated(weight(byteSize), byteSize);
        Thread thread = Thread.currentThread();
        return new SampledBlocks.Entry(
                address, byteSize, tracking.clock.millis(), thread.threadId(), thread.getName(), site.number, watch);
    }

    /** Counts a sampled block as freed, or an object as released. */
    final void end(SampledBlocks.Entry entry) {
        sites.site(entry.site()).freed(weight(entry.byteSize()), entry.byteSize());
        if (entry.watch() != null) {
            entry.watch().end();
        }
    }

    final boolean reportsUnreachable() {
        return tracking.unreachable == Tracking.Unreachable.REPORTED;
    }

    /** Logs a block or object that no code has any more, if it is the first of its site. */
    final void logUnreachable(SampledBlocks.Entry entry) {
        AllocationSites.Site site = sites.site(entry.site());
        if (!closed && !site.isUnreachableLogged) {
            site.isUnreachableLogged = true;
            String what = kind == TrackingReport.Kind.BLOCKS
                    ? "a block of " + entry.byteSize() + " bytes at 0x" + Long.toHexString(entry.address())
                    : "an object";
            LeakReport
                    .at(
                            "'" + tracking.name + "': no code has " + what + " any more, and it was not "
                                    + (kind == TrackingReport.Kind.BLOCKS ? "freed" : "released")
                                    + ". Further ones of this place are not logged. It was allocated by thread "
                                    + threadName(entry.thread(), entry.threadName()),
                            List.of(place(site)))
                    .log();
        }
    }

    private static String place(AllocationSites.Site site) {
        return new TrackingReport.Site(site.tag, site.frames, 0, 0, 0, Duration.ZERO, 0, 0, 0, 0, 0)
                .place()
                .substring(1);
    }

    private static String threadName(long thread, String name) {
        return name.isEmpty() ? "#" + thread : name;
    }

    /** Logs what is live when the allocator or pool is closed. */
    final void logLive() {
        closed = true;
        TrackingReport report = report();
        LeakReport
                .at(
                        "'" + tracking.name + "' is closed with " + report.summary() + ", allocated",
                        report.liveSites().stream().map(site -> site.text(kind)).toList())
                .log();
    }

    @Override
    public final TrackingReport report() {
        return report(tracking.clock.instant(), Long.MAX_VALUE);
    }

    @Override
    public final TrackingReport reportOlderThan(Duration age) {
        if (age.isNegative()) {
            throw new IllegalArgumentException("age is " + age + ", must not be negative");
        }
        Instant now = tracking.clock.instant();
        return report(now, now.minus(age).toEpochMilli());
    }

    private TrackingReport report(Instant now, long latestBirth) {
        LiveBySite live = new LiveBySite(this::weight, now.toEpochMilli(), latestBirth);
        walk(live);
        List<TrackingReport.Site> bySite = live.sites(sites.all());
        return new TrackingReport(
                tracking.name, kind, since, now, countdown.mean(), live.samples(), live.blocks(), live.bytes(), bySite);
    }

    @Override
    public final void blocks(Consumer<? super TrackedBlock> visitor) {
        long now = tracking.clock.millis();
        walk((address, byteSize, bornMillis, thread, threadName, number, isUnreachable) -> {
            AllocationSites.Site site = sites.site(number);
            visitor.accept(new TrackedBlock(
                    address,
                    byteSize,
                    site.tag,
                    threadName(thread, threadName),
                    Duration.ofMillis(Math.max(0, now - bornMillis)),
                    weight(byteSize),
                    isUnreachable,
                    site.frames));
        });
    }
}
