package dev.ashlar.insight.optimizer;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Pool;
import dev.ashlar.api.Registration;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.TrackingGrowth;
import dev.ashlar.api.compose.TrackingReport;
import dev.ashlar.insight.gc.GcAdvice;
import dev.ashlar.insight.gc.GcAdvisor;
import dev.ashlar.insight.gc.Recommendation;
import dev.ashlar.insight.optimizer.OptimizerConfig.Part;
import dev.ashlar.insight.optimizer.OptimizerReport.Change;
import dev.ashlar.insight.optimizer.OptimizerReport.Window;
import dev.ashlar.insight.text.PlainText;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.HousekeepingThread;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the memory of a program adapt, and tells at the end what that gained.
 *
 * {@snippet class="dev.ashlar.verification.shown.InsightAdviceCodeTest" region="optimizer"}
 *
 * <p>The work is that of the strategy {@code adaptive} and of {@link GcAdvisor}. This joins them: one configuration,
 * windows of time by which each change is judged, and one report. By itself it only releases idle memory: when the
 * program uses less of its memory than the target in two windows running. If the hit rate then falls by more than a
 * hundredth, it waits twice as many windows before it does so again.
 *
 * <p><b>Cost.</b> Each window costs the statistics of the allocator, a report of the tracked blocks, and the advice on
 * the collector. Windows end on Ashlar's housekeeping thread.
 *
 * <p>Safe for use by many threads.
 */
public final class MemoryOptimizer implements AutoCloseable {

    private static final int MOST_CHANGES = 300;
    private static final double HIT_RATE_LOST = 0.01;

    /** Below this more retained memory pays: one request of ten goes to the memory source. */
    private static final double LOW_HIT_RATE = 0.9;

    private final OptimizerConfig config;
    private final InstantSource clock;
    private final AdaptiveAllocator allocator;
    private final @Nullable GcAdvisor advisor;
    private final Map<String, DoubleSupplier> hitRates = new HashMap<>();

    /** Of each name that was given to a pool or a cache, whether it may be given again. */
    private final Map<String, BooleanSupplier> names = new HashMap<>();

    private final List<Change> changes = new ArrayList<>();
    private final Queue<AllocatorEvent> events = new ConcurrentLinkedQueue<>();
    private final List<Registration> registrations = new ArrayList<>();
    private final Instant since;
    private final @Nullable TrackingReport firstBlocks;
    private @Nullable TrackingReport middleBlocks;
    private @Nullable GcAdvice worstAdvice;
    private AllocatorStats statsBefore;
    private Window last = new Window(0, 1, 1, 0, 0);
    private int windows;
    private int windowsBelowTarget;
    private int patience = 2;
    private boolean hasTrimmed;
    private boolean isEnded;
    private @Nullable OptimizerReport stopped;

    /** One whose windows the caller ends. */
    MemoryOptimizer(OptimizerConfig config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.allocator = AdaptiveAllocator.create(config.allocator(), clock);
        try {
            this.advisor = config.collector() == Part.OFF ? null : GcAdvisor.start();
            if (advisor != null) {
                registrations.add(advisor::close);
            }
            this.since = clock.instant();
            this.statsBefore = allocator.stats();
            this.firstBlocks = blocks();
            registrations.add(allocator.addListener(events::add));
        } catch (RuntimeException | Error e) {
            Closing.after(e, this::close);
            throw e;
        }
    }

    /**
     * Makes an adaptive allocator and starts to watch.
     *
     * @param config all settings
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     */
    public static MemoryOptimizer start(OptimizerConfig config) {
        MemoryOptimizer optimizer = new MemoryOptimizer(config, InstantSource.system());
        Future<?> passes = HousekeepingThread.repeat(config.interval(), optimizer::pass);
        synchronized (optimizer) {
            optimizer.registrations.add(() -> passes.cancel(false));
        }
        return optimizer;
    }

    /** The allocator, which the program uses. */
    public AdaptiveAllocator allocator() {
        return allocator;
    }

    /**
     * Includes a pool of the program. With {@link Part#ADAPT} it is {@linkplain AdaptiveAllocator#watchPool adapted}.
     *
     * @param name of the pool, in the report
     * @param pool a pool that records statistics
     * @throws IllegalArgumentException if it was given another pool of that name, which is open
     * @throws IllegalStateException if it is stopped
     */
    public void watchPool(String name, Pool<?> pool) {
        DoubleSupplier hitRate = () -> pool.stats().hitRate();
        watch(config.pooling(), "pool " + name, hitRate, pool::isClosed, () -> allocator.watchPool(name, pool));
    }

    /**
     * Includes a cache of the program. With {@link Part#ADAPT} it evicts when memory is short.
     *
     * @param name of the cache, in the report
     * @param hitRate its hit rate now, 0 to 1
     * @param evict frees at least so many bytes, as for {@link AdaptiveAllocator#addPressureListener}
     * @throws IllegalArgumentException if it was given another cache of that name
     * @throws IllegalStateException if it is stopped
     */
    public void watchCache(String name, DoubleSupplier hitRate, LongConsumer evict) {
        watch(config.caching(), "cache " + name, hitRate, () -> false, () -> allocator.addPressureListener(evict));
    }

    private synchronized void watch(
            Part part, String name, DoubleSupplier hitRate, BooleanSupplier isOver, Supplier<Registration> adapt) {
        if (isEnded) {
            throw new IllegalStateException("The optimizer is stopped. Watch the " + name + " before that.");
        }
        if (!names.getOrDefault(name, () -> true).getAsBoolean()) {
            throw new IllegalArgumentException("There is a " + name + " already. Give each a name of its own.");
        }
        if (part == Part.ADAPT) {
            registrations.add(adapt.get());
        }
        if (part != Part.OFF) {
            hitRates.put(name, hitRate);
        }
        names.put(name, isOver);
    }

    /** Events of the window become changes at its end. The allocator's thread does not wait for a pass here. */
    private void noteAdaptations() {
        for (AllocatorEvent event = events.poll(); event != null; event = events.poll()) {
            if (event instanceof AllocatorEvent.RetentionChanged
                    || event instanceof AllocatorEvent.TableSwitched
                    || event instanceof AllocatorEvent.LargeBlocksRerouted) {
                changed(event.time(), event.describe());
            }
        }
    }

    private void changed(Instant time, String what) {
        if (changes.size() == MOST_CHANGES) {
            changes.removeFirst();
        }
        changes.add(new Change(time, what, last, Optional.empty()));
    }

    private @Nullable TrackingReport blocks() {
        return allocator.as(Tracked.class).map(Tracked::report).orElse(null);
    }

    /** Ends a window: judges what was changed in the one before, and acts. */
    synchronized void pass() {
        if (isEnded || allocator.isClosed()) {
            return;
        }
        GcAdvice advice = advisor == null ? null : advisor.advise();
        AllocatorStats stats = allocator.stats();
        Window window = window(stats, advice);
        changes.replaceAll(change -> change.until(window));
        noteAdaptations();
        if (hasTrimmed && window.hitRate() < last.hitRate() - HIT_RATE_LOST) {
            patience *= 2;
        }
        hasTrimmed = false;
        last = window;
        statsBefore = stats;
        if (Integer.bitCount(++windows) == 1) {
            middleBlocks = blocks(); // the last power of two lies in the second half of the time
        }
        windowsBelowTarget = 100 * window.use() < config.targetUsePercent() ? windowsBelowTarget + 1 : 0;
        if (windowsBelowTarget >= patience) {
            trim(window);
        }
        if (advice != null) {
            worstAdvice = worstAdvice == null || advice.score() <= worstAdvice.score() ? advice : worstAdvice;
        }
        if (advice != null && advisor != null && config.collector() == Part.ADAPT) {
            apply(advice, advisor);
        }
    }

    private Window window(AllocatorStats stats, @Nullable GcAdvice advice) {
        long requests = stats.allocations() - statsBefore.allocations();
        long misses = stats.misses() - statsBefore.misses();
        return new Window(
                stats.committedBytes(),
                1 / stats.committedOverRequested(),
                requests == 0 ? 1 : 1 - (double) misses / requests,
                stats.refused() - statsBefore.refused(),
                advice == null ? 0 : advice.figures().lost());
    }

    private void trim(Window window) {
        long released = allocator.trim();
        windowsBelowTarget = 0;
        if (released > 0) {
            hasTrimmed = true;
            changed(
                    clock.instant(),
                    PlainText.format(
                            "released %,d idle bytes: use was %.0f %%, the target is %.0f %%",
                            released, 100 * window.use(), config.targetUsePercent()));
        }
    }

    private void apply(GcAdvice advice, GcAdvisor advisor) {
        for (Recommendation recommendation : advice.recommendations()) {
            if (recommendation.risk() == Recommendation.Risk.LOW) {
                advisor.apply(recommendation)
                        .forEach(flag -> changed(clock.instant(), flag.text() + ": " + recommendation.words()));
            }
        }
    }

    /**
     * A report of what was seen and done so far. It fails if the hit rate of a cache cannot be read.
     *
     * @throws IllegalStateException if the allocator is closed
     */
    public synchronized OptimizerReport report() {
        AdaptiveReport memory = allocator.report();
        Map<String, Double> rates = new HashMap<>();
        hitRates.forEach((name, rate) -> rates.put(name, rate.getAsDouble()));
        return new OptimizerReport(
                Duration.between(since, clock.instant()),
                memory,
                rates,
                changes,
                leaks(),
                worstAdvice,
                recommendations(memory.totals()));
    }

    /** The places that grew in all of the time and also since its middle, and those whose blocks are lost. */
    private List<TrackingGrowth.Site> leaks() {
        TrackingReport now = blocks();
        if (now == null
                || firstBlocks == null
                || middleBlocks == null
                || !middleBlocks.at().isBefore(now.at())) {
            return List.of();
        }
        Set<List<StackTraceElement>> grewLately = now.since(middleBlocks).sites().stream()
                .filter(site -> site.growthBytesPerSecond() > 0)
                .map(site -> site.site().frames())
                .collect(Collectors.toSet());
        return now.since(firstBlocks).sites().stream()
                .filter(site -> site.site().unreachableBlocks() > 0
                        || (site.growthBytesPerSecond() > 0
                                && grewLately.contains(site.site().frames())))
                .toList();
    }

    private List<String> recommendations(AllocatorStats totals) {
        List<String> advice = new ArrayList<>();
        if (totals.refused() > 0) {
            advice.add(totals.refused() + " requests were refused: raise ashlar.limit, or free earlier.");
        }
        if (totals.hitRate() < LOW_HIT_RATE) {
            advice.add(PlainText.format(
                    "The hit rate is %.2f: raise ashlar.retained, so that freed memory is used again.",
                    totals.hitRate()));
        }
        double usePercent = 100 / totals.committedOverRequested();
        if (usePercent < config.targetUsePercent()) {
            advice.add(PlainText.format(
                    "Use is %.0f %%, the target is %.0f %%: lower ashlar.retained, or call housekeep() when idle.",
                    usePercent, config.targetUsePercent()));
        }
        return advice;
    }

    /**
     * Ends the watch, also if it throws. The allocator stays open, and adapts on. Stopping again returns the same
     * report.
     *
     * @return the last report
     * @throws IllegalStateException if the allocator was closed before there was a report
     */
    public synchronized OptimizerReport stop() {
        if (stopped == null) {
            try {
                pass();
                stopped = report();
            } finally {
                end();
            }
        }
        return stopped;
    }

    /** Ends the watch without a report, and closes the allocator. */
    @Override
    public void close() {
        Closing.all(this::end, allocator::close);
    }

    private synchronized void end() {
        isEnded = true;
        Closing.each(registrations, Registration::close);
    }
}
