package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.support.LeakWatch;
import dev.ashlar.spi.support.SizeClassed;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of one strategy for one purpose: the plain blocks of a tier, which is a range of sizes, those of a tag,
 * those that live long.
 *
 * <p>All fields are final, so that one which is seen without a lock is seen whole, and everything that its allocator
 * was made of with it.
 */
final class SubAllocator {

    final String name;

    /** The largest block that it is for. */
    final long upTo;

    /** Its part of what all tiers retain; 0 if it is no tier. */
    final double retainedShare;

    final AllocatorProvider strategy;
    final Capabilities capabilities;
    private final AtomicLong committedBytes = new AtomicLong();
    private final AtomicLong peakCommitted = new AtomicLong();
    private final AtomicLong returnedBytes = new AtomicLong();

    final Allocator allocator;
    final @Nullable AddressAllocator addresses;
    final @Nullable Owner owner;
    final @Nullable Inspectable inspectable;
    final @Nullable Retention retention;
    final @Nullable SizeClassed sizeClassed;

    /**
     * Makes one and its allocator.
     *
     * @param config what else is set; limit and reserve are those of the shared source
     * @param retained bytes without live blocks that it keeps at most
     */
    SubAllocator(
            String name,
            long upTo,
            double retainedShare,
            AllocatorProvider strategy,
            SharedSource source,
            AllocatorConfig config,
            long retained) {
        this.name = name;
        this.upTo = upTo;
        this.retainedShare = retainedShare;
        this.strategy = strategy;
        capabilities = strategy.capabilities(config);
        allocator = strategy.create(config.toBuilder()
                .source(source.sourceOf(this))
                .name(config.nameOr(AdaptiveProvider.NAME) + " " + name)
                .limitBytes(AllocationException.NO_LIMIT)
                .budget(null) // the shared source charges it
                .preallocateBytes(0)
                .reserveBytes(0)
                .retainedBytes(retained)
                .build());
        if (allocator instanceof LeakWatch.Part part) {
            part.leaveReports(); // what it loses is in the reports on the whole
        }
        addresses = allocator.as(AddressAllocator.class).orElse(null);
        owner = allocator.as(Owner.class).orElse(null);
        inspectable = allocator.as(Inspectable.class).orElse(null);
        retention = allocator.as(Retention.class).orElse(null);
        sizeClassed = allocator.as(SizeClassed.class).orElse(null);
    }

    /** Whether its strategy serves such blocks. */
    boolean serves(long byteSize, long byteAlignment) {
        return capabilities.serves(byteSize, byteAlignment);
    }

    /** Whether a live block starts at an address, as far as its strategy knows. */
    boolean isLive(long address) {
        return owner != null ? owner.isLive(address) : addresses != null && addresses.isLive(address);
    }

    /** Blocks by their addresses; for those who know that it has them. */
    AddressAllocator addresses() {
        return Objects.requireNonNull(addresses);
    }

    /** The size classes of new blocks; none if there are none, or none that can be changed. */
    List<Integer> table() {
        return sizeClassed == null
                ? List.of()
                : Arrays.stream(sizeClassed.sizeClasses().sizes()).boxed().toList();
    }

    /** The size classes in use, by a walk over all slabs. */
    List<AdaptiveReport.SizeClass> classes() {
        TreeMap<Long, AdaptiveReport.SizeClass> classes = new TreeMap<>();
        Inspectable.Visitor visitor = new Inspectable.Visitor() {
            @Override
            public void slab(long address, long byteSize, long slotSize, int liveSlots) {
                classes.merge(
                        slotSize,
                        new AdaptiveReport.SizeClass(slotSize, 1, byteSize, liveSlots),
                        (one, other) -> new AdaptiveReport.SizeClass(
                                slotSize,
                                one.slabs() + other.slabs(),
                                one.slabBytes() + other.slabBytes(),
                                one.liveBlocks() + other.liveBlocks()));
            }
        };
        if (inspectable != null) {
            inspectable.inspect(visitor);
        }
        return List.copyOf(classes.values());
    }

    /** A chunk was taken, or given back if the size is negative. */
    void noteChunk(long byteSize) {
        long now = committedBytes.addAndGet(byteSize);
        returnedBytes.addAndGet(Math.max(0, -byteSize));
        peakCommitted.accumulateAndGet(now, Math::max);
    }

    /** What it has taken from the source. */
    long committedBytes() {
        return committedBytes.get();
    }

    /** What it has given back since this was asked last. */
    long takeReturned() {
        return returnedBytes.getAndSet(0);
    }

    /** The most that it had taken since this was asked last. */
    long takePeakCommitted() {
        return peakCommitted.getAndSet(committedBytes.get());
    }

    @Override
    public String toString() {
        return name + " (" + strategy.name() + ")";
    }

    void close() {
        allocator.close();
    }
}
