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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of one strategy for one purpose: the plain blocks of a tier (a range of sizes), those of a tag, or those
 * that live long.
 *
 * <p>All fields are final, so a thread that sees this without a lock sees it completely, with everything that its
 * allocator was made of.
 */
final class SubAllocator {

    private static final int MANY_TAKEN_AGAIN = 4;

    final String name;

    /** The largest block that it serves. */
    final long upTo;

    /** Its share of the retained bytes of all tiers; 0 if it is no tier. */
    final double retainedShare;

    final AllocatorProvider strategy;
    final Capabilities capabilities;
    private final AtomicLong committedBytes = new AtomicLong();
    private final AtomicLong peakCommitted = new AtomicLong();
    private final AtomicLong returnedBytes = new AtomicLong();

    /** Chunks taken since others were returned, and both since the last look. */
    private final AtomicInteger takenAgain = new AtomicInteger();

    final Allocator allocator;
    final @Nullable AddressAllocator addresses;
    final @Nullable Owner owner;
    final @Nullable Inspectable inspectable;
    final @Nullable Retention retention;
    final @Nullable SizeClassed sizeClassed;

    /**
     * Makes a sub-allocator and its allocator.
     *
     * @param config the other settings; limit and reserve are those of the shared source
     * @param retained the most bytes without live blocks that it keeps
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
        allocator = strategy.createBare(config.toBuilder()
                .source(source.sourceOf(this))
                .name(config.nameOr(AdaptiveProvider.NAME) + " " + name)
                .limitBytes(AllocationException.NO_LIMIT)
                .budget(null) // the shared source charges it
                .preallocateBytes(0)
                .reserveBytes(0)
                .retainedBytes(retained)
                .build());
        if (allocator instanceof LeakWatch.Part part) {
            part.leaveReports(); // the reports of the whole allocator include it
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

    /** Raw addresses; only for callers that know that it has them. */
    AddressAllocator addresses() {
        return Objects.requireNonNull(addresses);
    }

    /** The size classes of new blocks; none if the strategy has none that can be changed. */
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

    /**
     * Records a chunk that was taken.
     *
     * @return true once between two looks, when so much was taken again that another look should not wait
     */
    boolean noteTaken(long byteSize) {
        long now = committedBytes.addAndGet(byteSize);
        peakCommitted.accumulateAndGet(now, Math::max);
        return returnedBytes.get() > 0 && takenAgain.incrementAndGet() == MANY_TAKEN_AGAIN;
    }

    /** Records a chunk that was given back. */
    void noteReturned(long byteSize) {
        committedBytes.addAndGet(-byteSize);
        returnedBytes.addAndGet(byteSize);
    }

    /** Bytes that it has taken from the source. */
    long committedBytes() {
        return committedBytes.get();
    }

    /** Bytes that it has given back since the last call. */
    long takeReturned() {
        takenAgain.set(0);
        return returnedBytes.getAndSet(0);
    }

    /** The most bytes that it had since the last call. */
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
