package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.TieredAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Decorations;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * One allocator over the installed strategies. It serves each size from a suitable strategy, observes the requests, and
 * changes how much memory is retained and which size classes are used. In addition to the cost of a strategy, an
 * allocation costs a comparison and a free costs a lookup.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="adaptive"}
 *
 * <p><b>Hints.</b> {@link #allocate(long, long, AllocationHints)} separates blocks that live long from others. It keeps
 * blocks of one tag together within a tier, with their own {@linkplain #statsOfTag statistics}. Blocks that are used
 * all the time get whole cache lines. A huge block is a chunk of its own, with any hints.
 *
 * <p><b>Limits.</b> The limit of the {@link AllocatorConfig} applies to all tiers together and counts committed bytes.
 * Before a request is refused, idle memory of all tiers is reclaimed, and {@linkplain #addPressureListener pressure
 * listeners} are called to free blocks.
 *
 * <p><b>Statistics</b> are the sums of all tiers. The requested bytes at the peak are a sum too: each tier's peak may
 * have been at another time.
 *
 * <p>Safe for use by many threads.
 */
public interface AdaptiveAllocator extends Allocator {

    /**
     * Makes an allocator that uses the installed strategies and the system clock.
     *
     * @param config limit, retained bytes, reserve and source for all tiers together, and the settings of {@link
     *     Adaptive.Builder} or their properties
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     * @throws IllegalArgumentException if a setting is unknown or out of range
     */
    static AdaptiveAllocator create(AllocatorConfig config) {
        return create(config, InstantSource.system());
    }

    /**
     * Makes an allocator of the installed strategies.
     *
     * @param config limit, retained bytes, reserve and source for all tiers together, and the settings of {@link
     *     Adaptive.Builder} or their properties
     * @param clock the clock of the adaptation; with {@link Adaptive.Housekeeping#MANUAL} nothing depends on the
     *     system's
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     * @throws IllegalArgumentException if a setting is unknown or out of range
     */
    static AdaptiveAllocator create(AllocatorConfig config, InstantSource clock) {
        AdaptiveAllocator bare = TieredAllocator.create(config, AllocatorProviders.installed(), clock);
        return (AdaptiveAllocator) Decorations.around(new AdaptiveProvider(), config, bare);
    }

    /**
     * Runs a housekeeping pass now: reads the figures, adapts, and calls listeners. It stops no thread and costs time
     * in proportion to the slabs. Passes of several threads run one after another. Listeners and destroyers of pooled
     * objects are called without a lock that allocating, resizing or closing takes. If a part fails, the others still
     * run, and its exception is thrown at the end.
     *
     * @throws IllegalStateException if this allocator is closed
     */
    void housekeep();

    /**
     * The figures of the blocks that were allocated with a tag; huge blocks are not among them. The first {@link
     * Adaptive.Builder#tags} tags have figures of their own. All further ones share theirs, under {@code (others)} in
     * reports.
     *
     * @param tag as given in the hints
     * @return {@link AllocatorStats#ZERO} if there never was such a block; for a tag without figures of its own, those
     *     of all such tags together
     */
    AllocatorStats statsOfTag(String tag);

    /**
     * Passes rare events to a listener from now on, in the order in which they happened.
     *
     * @param listener is called on the housekeeping thread, or the thread that calls {@link #housekeep()}. What it
     *     throws is logged and has no other effect
     * @return ends it
     * @throws IllegalStateException if this allocator is closed
     */
    Registration addListener(Consumer<? super AllocatorEvent> listener);

    /**
     * Calls a listener when memory is short, so that it can free blocks. If more is committed than the soft limit
     * allows, it is called on the housekeeping thread. Before a request is refused, it is called on the thread of the
     * request. A cache evicts here.
     *
     * <p>It may free blocks of this allocator, and should not wait for other threads. While it runs for a request, its
     * own requests are refused without another call.
     *
     * @param listener receives the number of bytes that should become free, at least. An exception of it is logged and
     *     has no other effect
     * @return ends it
     * @throws IllegalStateException if this allocator is closed
     */
    Registration addPressureListener(LongConsumer listener);

    /**
     * Makes a pool of objects with the installed pool provider, and {@linkplain #watchPool watches} it. It is closed
     * with this allocator, before the allocator's memory is released, because the destroyer may free blocks of the
     * objects. A pool that is closed earlier is dropped at the next housekeeping pass, and its name is free at once.
     *
     * @param <T> the type of the objects
     * @param name of the pool, in reports and events
     * @param config the configuration of the pool; adaptation starts with its {@code maxIdle}, and does not change 0
     *     and {@link Pool#UNBOUNDED}
     * @return an open pool with its initial objects
     * @throws IllegalArgumentException if another pool of that name is watched
     * @throws IllegalStateException if this allocator is closed
     * @throws dev.ashlar.spi.ProviderException if no pool provider is installed; the message says what to add
     */
    <T> SupervisedPool<T> createPool(String name, PoolConfig<T> config);

    /**
     * Adapts how many idle objects a pool keeps, if that is bounded, by the same policy as for tiers, and includes the
     * pool in reports. The caller closes the pool, after ending this watch.
     *
     * @param name of the pool, in reports and events
     * @param pool a pool that records statistics
     * @return ends it
     * @throws IllegalArgumentException if another pool of that name is watched
     * @throws IllegalStateException if this allocator is closed
     */
    Registration watchPool(String name, Pool<?> pool);

    /**
     * A full report, as data. Costs a walk over all slabs if tracking is detailed.
     *
     * @throws IllegalStateException if this allocator is closed
     */
    AdaptiveReport report();

    /**
     * The report as text.
     *
     * @throws IllegalStateException if this allocator is closed
     */
    default String summary() {
        return report().text();
    }
}
