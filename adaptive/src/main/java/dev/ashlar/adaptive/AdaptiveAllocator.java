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
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * One allocator over the strategies that are installed. It serves each size from the strategy that suits it, watches
 * what is asked for, and changes how much is kept ready and which size classes there are. Beside what the strategies
 * cost, an allocation costs a comparison and a free costs a lookup.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="adaptive"}
 *
 * <p><b>Hints.</b> {@link #allocate(long, long, AllocationHints)} keeps blocks that live long apart from those that do
 * not, keeps blocks of one tag together as far as one tier serves them, with {@linkplain #statsOfTag statistics} of
 * their own, and gives blocks that are used all the time whole cache lines. Huge blocks are chunks of their own,
 * whatever the hints say.
 *
 * <p><b>Limits.</b> The limit of the {@link AllocatorConfig} holds for all tiers together and counts committed bytes.
 * Before a request is refused, idle memory of all tiers is reclaimed and
 * {@linkplain #addPressureListener pressure listeners} are asked to free blocks.
 *
 * <p><b>Statistics</b> are the sums of all tiers. What was requested at the peak is the sum of what each tier had at
 * its own peak, which may have been at another time.
 *
 * <p>Safe for use by many threads.
 */
public interface AdaptiveAllocator extends Allocator {

    /**
     * Makes an allocator of the installed strategies, with the time of the system.
     *
     * @param config limit, retained bytes, reserve and source for all tiers together, and the settings of
     *     {@link Adaptive.Builder} or their properties
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     * @throws IllegalArgumentException if a setting is unknown or out of range
     */
    static AdaptiveAllocator create(AllocatorConfig config) {
        return create(config, InstantSource.system());
    }

    /**
     * Makes an allocator of the installed strategies.
     *
     * @param config limit, retained bytes, reserve and source for all tiers together, and the settings of
     *     {@link Adaptive.Builder} or their properties
     * @param clock the time that adaptation goes by; with {@link Adaptive.Housekeeping#MANUAL} nothing depends on
     *     the system's
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     * @throws IllegalArgumentException if a setting is unknown or out of range
     */
    static AdaptiveAllocator create(AllocatorConfig config, InstantSource clock) {
        return TieredAllocator.create(config, AllocatorProviders.installed(), clock);
    }

    /**
     * Makes a housekeeping pass now: reads the figures, adapts, and tells listeners what happened. It stops no thread
     * and costs time in proportion to the slabs. Passes of several threads come one after another; listeners and
     * destroyers of pooled objects are called without a lock that allocating, resizing or closing takes. A part that
     * fails does not keep the others from being done; what it threw is thrown at the end.
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
     * @return {@link AllocatorStats#ZERO} if there never was one; for a tag that has no figures of its own, those of
     *     all such tags together
     */
    AllocatorStats statsOfTag(String tag);

    /**
     * Tells a listener of rare events from now on, in the order in which they happened.
     *
     * @param listener is called on the housekeeping thread, or the thread that calls {@link #housekeep()}. What it
     *     throws is logged and has no other effect
     * @return ends it
     * @throws IllegalStateException if this allocator is closed
     */
    Registration addListener(Consumer<? super AllocatorEvent> listener);

    /**
     * Asks a listener to free blocks when memory is short: when more is committed than the soft limit allows, on the
     * housekeeping thread, and before a request is refused, on the thread that makes it. A cache evicts here.
     *
     * <p>It may free blocks of this allocator, and should not wait for other threads. While it runs for a request,
     * requests of its own are refused without asking again.
     *
     * @param listener is given the bytes that should become free, at least. What it throws is logged and has no other
     *     effect
     * @return ends it
     * @throws IllegalStateException if this allocator is closed
     */
    Registration addPressureListener(LongConsumer listener);

    /**
     * Makes a pool of objects, of the installed pool provider, and {@linkplain #watchPool watches} it. It is closed
     * with this allocator, before the allocator's memory goes back: objects may hold blocks that the destroyer frees.
     * One that is closed earlier is forgotten at the next housekeeping pass, and its name is free at once.
     *
     * @param <T> the type of the objects
     * @param name of the pool, in reports and events
     * @param config what it is made of; adaptation begins with its {@code maxIdle}, and leaves 0 and {@link
     *     Pool#UNBOUNDED} as they are
     * @return an open pool with the objects that are to be made ahead
     * @throws IllegalArgumentException if another pool of that name is watched
     * @throws IllegalStateException if this allocator is closed
     * @throws dev.ashlar.spi.ProviderException if no pool provider is installed; the message says what to add
     */
    <T> SupervisedPool<T> createPool(String name, PoolConfig<T> config);

    /**
     * Adapts how many idle objects a pool keeps by the same policy as tiers, if that is bounded, and has it in reports.
     * The pool stays the caller's to close; end this before.
     *
     * @param name of the pool, in reports and events
     * @param pool a pool that counts what it does
     * @return ends it
     * @throws IllegalArgumentException if another pool of that name is watched
     * @throws IllegalStateException if this allocator is closed
     */
    Registration watchPool(String name, Pool<?> pool);

    /**
     * Everything there is to know, as data. Costs a walk over all slabs if tracking is detailed.
     *
     * @throws IllegalStateException if this allocator is closed
     */
    AdaptiveReport report();

    /**
     * The report as text for people.
     *
     * @throws IllegalStateException if this allocator is closed
     */
    default String summary() {
        return report().text();
    }
}
