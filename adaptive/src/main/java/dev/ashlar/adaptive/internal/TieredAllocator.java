package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Registration;
import dev.ashlar.api.Retention;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.api.support.TryFree;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Extent;
import dev.ashlar.spi.support.LeakWatch;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The adaptive strategy.
 *
 * <h2>Design</h2>
 *
 * <p>{@link Tiers} chooses the {@link SubAllocator} of a request: an allocator of an installed strategy. All
 * sub-allocators take their chunks from one {@link SharedSource}, and share its address map. A free asks the
 * sub-allocator for the block's size ({@link TryFree}). It needs no look-up if the block lies in an active slab of the
 * thread. Otherwise it needs one, which finds the slab or region of any sub-allocator. {@link Refusals} has the
 * steps before a refusal. {@link Adaptation} reads the figures from time to time and changes retained bytes and size
 * classes.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Allocating and freeing add only reads to the work of the strategies. A close waits for one that another thread has
 * begun. The allocator is open until the pools that it made are closed.
 *
 * <h2>Failure</h2>
 *
 * <p>The limit is that of the shared source. If a sub-allocator gets no chunk, idle memory of the others is reclaimed
 * before the request is refused. A request that no strategy serves, for example because of its alignment, is a chunk of
 * its own.
 */
public final class TieredAllocator
        implements AdaptiveAllocator,
                AddressAllocator,
                Owner,
                Inspectable,
                Evacuable,
                Retention,
                Confinable,
                TryFree,
                Holdable {

    /** The alignment of a block that is used all the time, so that no other block is in its cache lines. */
    private static final long CACHE_LINE = 64;

    private final Capabilities capabilities;
    final Tiers tiers;
    final SharedSource source;
    final Refusals refusals;
    final Sampling sampling;
    private final EventLog events;
    private final Adaptation adaptation;
    private final SubAllocator small;
    private final SubAllocator medium;

    final AddressAllocator smallAddresses;
    final AddressAllocator mediumAddresses;
    private final LeakWatch leaks;
    private final Holds holds;
    private volatile boolean closed;

    /** Held by a thread that closes; guards the next two fields. */
    private final ReentrantLock closing = new ReentrantLock();

    private boolean isClosingPools;
    private boolean leaksReported;

    private TieredAllocator(
            AllocatorConfig config,
            StrategySettings settings,
            Capabilities capabilities,
            Tiers tiers,
            SharedSource source,
            EventLog events) {
        this.capabilities = capabilities;
        this.tiers = tiers;
        this.source = source;
        this.events = events;
        refusals = new Refusals(tiers, source, events);
        sampling = new Sampling(settings.get(AdaptiveSettings.SAMPLES), tiers, events.recorder);
        small = tiers.small;
        medium = tiers.medium;
        smallAddresses = tiers.addressesOf(small);
        mediumAddresses = tiers.addressesOf(medium);
        adaptation = new Adaptation(config, settings, this, events);
        holds = AllocatorSource.holds(config);
        leaks = new LeakWatch(this, source.metered);
    }

    /** What an allocator made of these providers could do. */
    public static Capabilities capabilities(AllocatorConfig config, Map<String, AllocatorProvider> installed) {
        return new Strategies(installed, AdaptiveSettings.of(config), config).capabilities();
    }

    /**
     * Refuses what {@link #create} refuses.
     *
     * @throws dev.ashlar.spi.ProviderException if there is no provider
     */
    public static void validate(AllocatorConfig config, Map<String, AllocatorProvider> installed) {
        new Strategies(installed, AdaptiveSettings.of(config), config)
                .requireAny()
                .capabilities();
    }

    /**
     * Makes an allocator.
     *
     * @param config with the general settings and those of {@code adaptive}
     * @param installed the providers that may be used
     * @param clock the clock of adaptation
     * @throws dev.ashlar.spi.ProviderException if there is no provider
     * @throws AllocationException if the memory to preallocate is not available
     */
    public static AdaptiveAllocator create(
            AllocatorConfig config, Map<String, AllocatorProvider> installed, InstantSource clock) {
        StrategySettings settings = AdaptiveSettings.of(config);
        EventLog events = new EventLog(clock);
        Strategies strategies = new Strategies(installed, settings, config).requireAny();
        Capabilities capabilities = strategies.capabilities();
        strategies.noteReplaced(events);
        SharedSource source = new SharedSource(config, settings.get(AdaptiveSettings.SOFT_LIMIT), events);
        try {
            Tiers tiers = new Tiers(settings, strategies, source, events);
            TieredAllocator allocator = new TieredAllocator(config, settings, capabilities, tiers, source, events);
            allocator.adaptation.start();
            return allocator;
        } catch (RuntimeException | Error e) {
            Closing.after(e, () -> source.close(() -> {}));
            throw e;
        }
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        if (block == null) {
            throw new AllocationException(refusal(byteSize, byteAlignment));
        }
        return block;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return tryAllocate(small.allocator, medium.allocator, byteSize, byteAlignment);
    }

    /** Serves a plain request from two allocators: those of the tiers, or views of them. */
    @Nullable MemorySegment tryAllocate(Allocator small, Allocator medium, long byteSize, long byteAlignment) {
        int left = sampling.left;
        if (left > 0) {
            sampling.note(left, byteSize, byteAlignment);
        }
        // Two separate calls, so that the compiler sees one strategy in each.
        MemorySegment block;
        if (tiers.isSmall(byteSize, byteAlignment)) {
            block = small.tryAllocate(byteSize, byteAlignment);
        } else if (tiers.isMedium(byteSize, byteAlignment)) {
            block = medium.tryAllocate(byteSize, byteAlignment);
        } else {
            return tryAllocateFrom(tiers.route(byteSize, byteAlignment), byteSize, byteAlignment);
        }
        return block != null ? block : refusals.tryAgain(usual(byteSize, byteAlignment), byteSize, byteAlignment);
    }

    private @Nullable MemorySegment tryAllocateFrom(SubAllocator from, long byteSize, long byteAlignment) {
        MemorySegment block = from.allocator.tryAllocate(byteSize, byteAlignment);
        return block != null ? block : refusals.tryAgain(from, byteSize, byteAlignment);
    }

    /** The tier of a request that is small or medium. */
    private SubAllocator usual(long byteSize, long byteAlignment) {
        return tiers.isSmall(byteSize, byteAlignment) ? small : medium;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        Allocator.requireValid(byteSize, byteAlignment);
        boolean isFrequent = hints.access() == Access.FREQUENT;
        long alignment = isFrequent ? Math.max(byteAlignment, CACHE_LINE) : byteAlignment;
        SubAllocator from = tiers.route(byteSize, alignment, hints);
        if (from == null) {
            return tryAllocate(byteSize, alignment);
        }
        sampling.noteHinted(byteSize, hints.tag());
        return tryAllocateFrom(from, byteSize, alignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return source.metered.refusal(byteSize);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        return source.metered.refusal(Allocator.sum(byteSizes));
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return tiers.goodSize(byteSize, byteAlignment);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The limit is checked once for the whole batch, against the bytes that would be live, because everything else
     * can go back. If a block is refused after that, it is retried like a single request, while the earlier blocks of
     * the batch are live.
     */
    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        requireOpen(); // a batch may be empty
        Allocator.requireValid(byteSizes, byteAlignment);
        long total = Allocator.sum(byteSizes);
        boolean isAdmitted = fits(total)
                || (refusals.relieve(total) && fits(total))
                || source.metered.retry(total, () -> fits(total) ? this : null) != null;
        if (!isAdmitted) {
            refusals.note(total, byteAlignment);
            return null;
        }
        return AdaptiveAllocator.super.tryAllocateAll(byteSizes, byteAlignment);
    }

    /** Costs a walk over the chunks only where the batch does not fit beside what is committed. */
    private boolean fits(long byteSize) {
        long limit = source.metered.limitBytes();
        return limit == AllocationException.NO_LIMIT
                || byteSize <= limit - source.metered.committedBytes()
                || byteSize <= limit - tiers.sum().requestedBytes();
    }

    @Override
    public void free(MemorySegment block) {
        free(small.allocator, medium.allocator, block);
    }

    void free(Allocator small, Allocator medium, MemorySegment block) {
        long address = block.address();
        long byteSize = block.byteSize();
        // The same object as in allocate, so that the compiler can reuse what it has read.
        Allocator likely = byteSize <= tiers.smallUpTo ? small : medium;
        if (!(likely instanceof TryFree known && known.tryFree(address, byteSize))) {
            freeElsewhere(address, block);
        }
    }

    /** Frees a block that its size does not lead to. A method of its own, so that the usual free stays small. */
    private void freeElsewhere(long address, MemorySegment block) {
        Extent found = source.find(address);
        if (found == null || !found.tryFree(address, block.byteSize())) {
            tiers.ownerOf(found, address).allocator.free(block);
        }
    }

    @Override
    public boolean tryFree(long address, long byteSize) {
        SubAllocator likely = byteSize <= tiers.smallUpTo ? small : medium;
        return likely.allocator instanceof TryFree known && known.tryFree(address, byteSize);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        requireOpen();
        Allocator.freeAll(
                this,
                blocks,
                twice -> tiers.ownerOf(source.find(twice.address()), twice.address())
                        .allocator
                        .freeAll(List.of(twice, twice))); // throws and counts it
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return tryAllocateAddress(smallAddresses, mediumAddresses, byteSize, byteAlignment);
    }

    /** Serves a plain request from two allocators: those of the tiers, or views of them. */
    long tryAllocateAddress(AddressAllocator small, AddressAllocator medium, long byteSize, long byteAlignment) {
        int left = sampling.left;
        if (left > 0) {
            sampling.note(left, byteSize, byteAlignment);
        }
        long address;
        if (tiers.isSmall(byteSize, byteAlignment)) {
            address = small.tryAllocateAddress(byteSize, byteAlignment);
        } else if (tiers.isMedium(byteSize, byteAlignment)) {
            address = medium.tryAllocateAddress(byteSize, byteAlignment);
        } else {
            return tryAllocateAddressFrom(tiers.route(byteSize, byteAlignment), byteSize, byteAlignment);
        }
        return address != NULL
                ? address
                : refusals.tryAddressAgain(usual(byteSize, byteAlignment), byteSize, byteAlignment);
    }

    private long tryAllocateAddressFrom(SubAllocator from, long byteSize, long byteAlignment) {
        long address = from.addresses().tryAllocateAddress(byteSize, byteAlignment);
        return address != NULL ? address : refusals.tryAddressAgain(from, byteSize, byteAlignment);
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        freeAddress(smallAddresses, mediumAddresses, address, byteSize);
    }

    void freeAddress(AddressAllocator small, AddressAllocator medium, long address, long byteSize) {
        AddressAllocator likely = byteSize <= tiers.smallUpTo ? small : medium;
        if (!(likely instanceof TryFree known && known.tryFree(address, byteSize))) {
            freeAddressElsewhere(address, byteSize);
        }
    }

    private void freeAddressElsewhere(long address, long byteSize) {
        Extent found = source.find(address);
        if (found == null || !found.tryFree(address, byteSize)) {
            tiers.ownerOf(found, address).addresses().freeAddress(address, byteSize);
        }
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long address = block.address();
        Extent found = source.find(address);
        Extent known = found != null && found.origin() != null && found.isLive(address) ? found : null;
        SubAllocator owner = SharedSource.ownerOf(found, address);
        if (owner != null && tiers.mayStay(owner, byteSize, byteAlignment)) {
            MemorySegment resized = known == null
                    ? owner.allocator.tryResize(block, byteSize, byteAlignment)
                    : known.tryResize(block, byteSize, byteAlignment, owner.allocator);
            return resized != null ? resized : refusals.tryResizeAgain(owner, block, byteSize, byteAlignment);
        }
        if (known == null) {
            return AdaptiveAllocator.super.tryResize(block, byteSize, byteAlignment);
        }
        MemorySegment to = tryAllocate(byteSize, byteAlignment);
        return to == null ? null : known.move(block, to, this);
    }

    @Override
    public AllocatorStats stats() {
        return tiers.stats(refusals.count(), sampling.metadataBytes());
    }

    @Override
    public AllocatorStats statsOfTag(String tag) {
        return tiers.hinted.ofTag(Objects.requireNonNull(tag, "tag"));
    }

    @Override
    public long trim() {
        requireOpen();
        return tiers.trim();
    }

    @Override
    public boolean owns(long address) {
        return SharedSource.ownerOf(source.find(address), address) != null;
    }

    @Override
    public boolean isLive(long address) {
        Extent found = source.find(address);
        return found != null && found.isLive(address);
    }

    @Override
    public long allocatedSize(long address) {
        Extent found = source.find(address);
        return found == null ? InvalidBlockException.UNKNOWN_SIZE : found.allocatedSize(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        Extent found = source.find(address);
        return found == null ? null : found.blockAt(address, byteSize);
    }

    /** {@inheritDoc} Counts bytes without live blocks, of all tiers together. */
    @Override
    public long retainedBytes() {
        return adaptation.retainedBytes();
    }

    @Override
    public void retain(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("retainedBytes is " + bytes + ", must be 0 or more");
        }
        requireOpen();
        adaptation.retain(bytes);
    }

    @Override
    public Allocator confined() {
        requireOpen();
        return new ConfinedTiers(this);
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability == Limit.class) {
            return Optional.of(capability.cast(source.metered.limit()));
        }
        boolean isMissing = Strategies.OF_STRATEGIES.contains(capability)
                && !capabilities.interfaces().contains(capability);
        return !isMissing ? AdaptiveAllocator.super.as(capability) : Optional.empty();
    }

    /** {@inheritDoc} No housekeeping pass changes memory meanwhile. */
    @Override
    public void inspect(Inspectable.Visitor visitor) {
        adaptation.exclusively(() -> walk(visitor));
    }

    /** {@inheritDoc} Those of strategies that can be evacuated: an arena and blocks in chunks of their own are not. */
    @Override
    public Evacuation evacuate(double mostLive, long budgetBytes) {
        requireOpen();
        return Evacuable.evacuate(
                tiers.subs().stream()
                        .flatMap(sub -> sub.allocator.as(Evacuable.class).stream())
                        .toList(),
                mostLive,
                budgetBytes);
    }

    private void walk(Inspectable.Visitor visitor) {
        tiers.subs().forEach(sub -> {
            visitor.part(sub.name);
            Objects.requireNonNull(sub.inspectable).inspect(visitor);
        });
    }

    @Override
    public void housekeep() {
        requireOpen();
        adaptation.pass();
    }

    @Override
    public AdaptiveReport report() {
        requireOpen();
        return adaptation.report();
    }

    @Override
    public Registration addListener(Consumer<? super AllocatorEvent> listener) {
        Objects.requireNonNull(listener, "listener");
        requireOpen();
        return events.listen(listener);
    }

    @Override
    public Registration watchPool(String name, Pool<?> pool) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(pool, "pool");
        requireOpen();
        return adaptation.pools.watch(name, pool);
    }

    @Override
    public <T> SupervisedPool<T> createPool(String name, PoolConfig<T> config) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(config, "config");
        requireOpen();
        return adaptation.pools.create(name, config);
    }

    @Override
    public Registration addPressureListener(LongConsumer listener) {
        Objects.requireNonNull(listener, "listener");
        requireOpen();
        return refusals.listen(listener);
    }

    private String name() {
        return source.metered.limit().name();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    @Override
    public void hold() {
        holds.hold();
    }

    @Override
    public void release() {
        holds.release();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if a foreign call uses a block, or a pool could not be closed. All others are
     *     closed, and closing again tries the rest
     */
    @Override
    public void close() {
        close(this::closeTiers);
    }

    /**
     * Closes the pools, and then the memory, because the destroyers of the pools may free blocks. If a destroyer calls
     * this, it does nothing: the close that called the destroyer goes on with the memory.
     *
     * @param memory closes the memory, perhaps through decorations, which then call {@link #close()}
     */
    void close(Runnable memory) {
        holds.close();
        closing.lock();
        try {
            if (!isClosingPools) {
                Closing.all(this::closePools, memory);
            }
        } finally {
            closing.unlock();
        }
    }

    private void closePools() {
        isClosingPools = true;
        try {
            adaptation.close();
        } finally {
            isClosingPools = false;
        }
    }

    private void closeTiers() {
        closed = true;
        if (!leaksReported) {
            leaksReported = true;
            leaks.ofLive(tiers.sum(), this::walk).tags(tiers.hinted.byTag()).log();
            leaks.end();
        }
        tiers.close();
    }

    @Override
    public String toString() {
        return name() + " allocator of " + tiers.subs();
    }
}
