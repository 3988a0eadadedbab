package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorListener;
import dev.ashlar.adaptive.PressureListener;
import dev.ashlar.adaptive.Registration;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Resizable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.support.LocalFrees;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The adaptive strategy.
 *
 * <h2>Design</h2>
 *
 * <p>A request goes to the {@link Part} of the {@link Tier} of its size: an allocator of an installed strategy. Every part
 * takes its chunks through a {@link PartSource}, which notes in one map whose memory it is; so a block finds back by one
 * lookup, and it does not matter whether its size or hints had chosen its part. {@link Composition} holds the parts,
 * {@link Routes} does everything that is not the common case, {@link Adaptation} looks at the figures now and then and
 * changes capacity and size classes.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Allocating and freeing add reads only to what the strategies do.
 *
 * <h2>Failure</h2>
 *
 * <p>The limit stands in the source that all parts share. A part that gets no chunk refuses; then the {@link Reclaimer}
 * sees what can be had from others, and only then the request is refused. What one part cannot serve, such as an
 * alignment above a page, is a chunk of its own.
 */
public final class TieredAllocator implements AdaptiveAllocator, Owner, Resizable, Confinable, Quota {

    private final Composition composition;
    private final Routes routes;
    private final Memory memory;
    private final Adaptation adaptation;
    private final long smallUpTo;
    private final long mediumUpTo;
    private final long largeUpTo;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** For plain blocks of each tier. */
    private final Part small;

    private final Part medium;
    private final Part large;

    private TieredAllocator(Composition composition, EventLog events, InstantSource clock) {
        this.composition = composition;
        this.memory = composition.memory();
        this.routes = new Routes(composition, events, clock);
        List<Tier> tiers = composition.tiers(); // one to three
        Tier second = tiers.get(Math.min(1, tiers.size() - 1));
        smallUpTo = alwaysServedUpTo(tiers.getFirst(), tiers);
        mediumUpTo = alwaysServedUpTo(second, tiers);
        largeUpTo = tiers.getLast().upTo();
        small = tiers.getFirst().part();
        medium = second.part();
        large = tiers.getLast().part();
        adaptation = new Adaptation(composition, routes, events, clock);
    }

    /** The largest block that a tier serves whether or not such requests are frequent. */
    private static long alwaysServedUpTo(Tier tier, List<Tier> tiers) {
        return tier == tiers.getLast() ? Math.min(tier.upTo(), LargeRequests.LARGE) : tier.upTo();
    }

    /**
     * Makes an allocator.
     *
     * @param config with the general settings and those of {@code adaptive}
     * @param installed the providers that may be used
     * @param clock the time that adaptation goes by
     * @throws dev.ashlar.spi.ProviderException if there is no provider
     */
    public static AdaptiveAllocator create(
            AllocatorConfig config, Map<String, AllocatorProvider> installed, InstantSource clock) {
        AdaptiveConfig settings = AdaptiveConfig.of(config);
        EventLog events = new EventLog();
        Memory memory = new Memory(config.source(), config.limitBytes(), settings.softLimit(), events, clock);
        Composition composition = new Composition(config, settings, new Strategies(installed), memory, events, clock);
        TieredAllocator allocator = new TieredAllocator(composition, events, clock);
        allocator.adaptation.start(allocator);
        return allocator;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (routes.isSampling()) {
            routes.sample(byteSize, byteAlignment);
        }
        try {
            if (byteSize <= smallUpTo) {
                return small.allocator.allocate(byteSize, byteAlignment);
            } else if (byteSize <= mediumUpTo) {
                return medium.allocator.allocate(byteSize, byteAlignment);
            }
            return partAbove(byteSize).allocator.allocate(byteSize, byteAlignment);
        } catch (AllocationException e) {
            return routes.allocateAfterRefusal(byteSize, byteAlignment);
        }
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        if (routes.isSampling()) {
            routes.sample(byteSize, byteAlignment);
        }
        MemorySegment block;
        if (byteSize <= smallUpTo) {
            block = small.allocator.tryAllocate(byteSize, byteAlignment);
        } else if (byteSize <= mediumUpTo) {
            block = medium.allocator.tryAllocate(byteSize, byteAlignment);
        } else {
            block = partAbove(byteSize).allocator.tryAllocate(byteSize, byteAlignment);
        }
        return block != null ? block : routes.tryAllocateAfterRefusal(byteSize, byteAlignment);
    }

    /** The part that serves a request for what is neither small nor medium. */
    private Part partAbove(long byteSize) {
        return byteSize <= largeUpTo && !routes.isRare(byteSize) ? large : composition.huge();
    }

    /** The part that serves a request, for those who allocate for this allocator in another way. */
    Part servingPart(long byteSize) {
        return byteSize <= smallUpTo ? small : byteSize <= mediumUpTo ? medium : partAbove(byteSize);
    }

    /** The part for plain blocks of a size, as far as it is not the request that decides. */
    private Part partFor(long byteSize) {
        return byteSize <= smallUpTo
                ? small
                : byteSize <= mediumUpTo ? medium : byteSize <= largeUpTo ? large : composition.huge();
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return routes.allocate(byteSize, byteAlignment, hints);
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        return routes.allocateAll(byteSizes, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        long address = block.address();
        long byteSize = block.byteSize();
        // The same object as in allocate, so that the compiler can keep what it found there.
        Allocator likely = byteSize <= smallUpTo ? small.allocator : medium.allocator;
        if (!(likely instanceof LocalFrees local && local.freeLocally(address, byteSize))) {
            routes.free(memory.partAt(address), block);
        }
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        Part part = memory.partAt(block.address());
        if (part == null || !staysIn(part, byteSize)) {
            return AdaptiveAllocator.super.resize(block, byteSize, byteAlignment);
        }
        try {
            return part.allocator.resize(block, byteSize, byteAlignment);
        } catch (AllocationException e) {
            return routes.resizeAfterRefusal(part, block, byteSize, byteAlignment);
        }
    }

    /** A block stays in its part if blocks of the new size belong there, or if hints chose it. */
    private boolean staysIn(Part part, long byteSize) {
        return part == partFor(byteSize)
                || (part.serves(byteSize, 1) && composition.hinted().all().contains(part));
    }

    @Override
    public AllocatorStats stats() {
        return routes.stats();
    }

    @Override
    public AllocatorStats statsOfTag(String tag) {
        return composition.hinted().byTag().getOrDefault(tag, AllocatorStats.ZERO);
    }

    @Override
    public long trim() {
        requireOpen();
        return composition.trim();
    }

    @Override
    public boolean owns(MemorySegment block) {
        Part part = memory.partAt(block.address());
        return part != null && (part.owner == null || part.owner.owns(block));
    }

    @Override
    public boolean isLive(MemorySegment block) {
        Part part = memory.partAt(block.address());
        return part != null && part.owner != null && part.owner.isLive(block);
    }

    /** {@inheritDoc} The unit is bytes without live blocks, of all tiers together. */
    @Override
    public long capacity() {
        return adaptation.capacity();
    }

    @Override
    public void resize(long capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity is " + capacity + ", must be 0 or more");
        }
        requireOpen();
        adaptation.resize(capacity);
    }

    @Override
    public long limitBytes() {
        return memory.source().limitBytes();
    }

    @Override
    public long usedBytes() {
        return memory.source().committedBytes();
    }

    @Override
    public Allocator confined() {
        requireOpen();
        return new ConfinedTiers(this, composition);
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        Optional<?> found = Optional.empty();
        if (capability == AddressAllocator.class) {
            boolean all = composition.parts().stream().allMatch(part -> part.addresses != null);
            found = all
                    ? Optional.of(new TieredAddresses(this, routes, small, smallUpTo, medium, mediumUpTo))
                    : Optional.empty();
        } else if (capability == Inspectable.class) {
            boolean all = composition.parts().stream().allMatch(part -> part.inspectable != null);
            found = all ? Optional.of((Inspectable) routes::inspect) : Optional.empty();
        } else if (capability.isInstance(this)
                && (capability != Owner.class || composition.parts().stream().allMatch(part -> part.owner != null))) {
            found = Optional.of(this);
        }
        return found.map(capability::cast);
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
    public Registration addListener(AllocatorListener listener) {
        return routes.events().listen(listener);
    }

    @Override
    public Registration watchPool(String name, Pool<?> pool) {
        return adaptation.pools().watch(name, pool);
    }

    @Override
    public <T> Pool<T> createPool(String name, PoolConfig<T> config) {
        requireOpen();
        return adaptation.pools().create(name, config);
    }

    @Override
    public Registration addPressureListener(PressureListener listener) {
        return routes.reclaimer().listen(listener);
    }

    /** Whether there is any use in counting the sizes of requests. */
    boolean wantsSizes() {
        return adaptation.wantsSizes();
    }

    void setSampling(boolean sampling) {
        routes.setSampling(sampling);
    }

    Routes routes() {
        return routes;
    }

    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            adaptation.close();
            composition.close();
        }
    }

    @Override
    public String toString() {
        return "adaptive allocator of " + composition.parts();
    }
}
