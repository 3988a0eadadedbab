package dev.ashlar.buddy.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Retention;
import dev.ashlar.api.support.Holdable;
import dev.ashlar.api.support.Holds;
import dev.ashlar.api.support.TryFree;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Extent;
import dev.ashlar.spi.support.LargeBlocks;
import dev.ashlar.spi.support.LeakWatch;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The strategies {@code buddy} and {@code tlsf}: regions from the source, each divided by a core.
 *
 * <h2>Design</h2>
 *
 * <p>A {@link Region} is a chunk with a {@link dev.ashlar.buddy.core.RegionCore core} that knows which granules of it
 * are in blocks. Only the core differs between the two strategies. {@link RegionList} finds a region with room, {@link
 * RegionSupply} takes and releases them, an {@linkplain dev.ashlar.spi.support.AddressMap address map} finds the region
 * of a block, and {@link LargeBlocks} serve larger requests. All bookkeeping is on the Java heap, away from the blocks.
 *
 * <h2>Concurrency</h2>
 *
 * <p>One thread at a time is in a region, and no other thread waits: a thread that allocates tries another region, and
 * a thread that frees leaves the block to the thread in the region. Exactly one of several frees of a block succeeds,
 * because each granule has an atomic bit that decides it first. The arguments are in {@link Region}, {@link
 * RegionSearch} and {@link RegionSupply}.
 *
 * <h2>Failure</h2>
 *
 * <p>A request that finds no room searches all regions again. Then it takes a region from the source, of the usual size
 * or of the smallest size that serves it. If a limit refuses, it releases idle regions. Last it tries the regions again
 * that other threads were in. If all that fails it is refused.
 */
public final class RegionAllocator
        implements Allocator,
                AddressAllocator,
                Owner,
                Retention,
                Inspectable,
                Evacuable,
                TryFree,
                Holdable,
                LeakWatch.Part {

    private final String name;
    private final RegionLayout layout;
    private final MeteredSource source;
    private final RegionSupply supply;
    private final RegionSearch search;
    private final LargeBlocks large;
    private final LeakWatch leaks;
    private final Holds holds;
    private final LongAdder refused = new LongAdder();

    private RegionAllocator(String name, RegionLayout layout, AllocatorConfig config, LargeBlockPolicy largeBlocks) {
        this.name = config.nameOr(name);
        this.layout = layout;
        source = MeteredSource.of(config, name, this::requestedBytes);
        supply = new RegionSupply(layout, source, config.retainedBytes(), config.reserveBytes());
        search = new RegionSearch(supply);
        large = LargeBlocks.of(largeBlocks, config, source, layout.regionSize(), RegionLayout.REGION_ALIGNMENT);
        holds = AllocatorSource.holds(config);
        leaks = new LeakWatch(this, source);
    }

    /** What an allocator of regions of a layout can do. */
    public static Capabilities capabilities(RegionLayout layout, LargeBlockPolicy largeBlocks) {
        return new Capabilities(
                Set.of(
                        AddressAllocator.class,
                        Retention.class,
                        Owner.class,
                        Inspectable.class,
                        Evacuable.class,
                        Limit.class),
                layout.regionSize(),
                RegionLayout.REGION_ALIGNMENT,
                largeBlocks);
    }

    /**
     * Makes an allocator.
     *
     * @param name of the strategy
     * @param layout granules, regions and the algorithm
     * @param config limits and memory source
     * @param largeBlocks what happens to requests that no region can serve
     * @throws AllocationException if the memory to preallocate is not available
     */
    public static Allocator create(
            String name, RegionLayout layout, AllocatorConfig config, LargeBlockPolicy largeBlocks) {
        RegionAllocator allocator = new RegionAllocator(name, layout, config, largeBlocks);
        try {
            if (!allocator.supply.preallocate(config.preallocateBytes())) {
                throw new AllocationException(
                        allocator.source.refusal(config.preallocateBytes(), 1, config.preallocateBytes()));
            }
        } catch (RuntimeException | Error e) {
            Closing.after(e, allocator::close);
            throw e;
        }
        return allocator;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        if (!isForRegion(byteSize, byteAlignment)) {
            return large.tryAllocate(byteSize, byteAlignment, this::reclaim);
        }
        RegionList regions = supply.list();
        long place = regions.take(layout.runFor(byteSize, byteAlignment), byteSize, byteAlignment);
        return place < 0
                ? allocateSlowly(byteSize, byteAlignment)
                : regions.region(place).block(RegionList.start(place), byteSize);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        if (!isForRegion(byteSize, byteAlignment)) {
            MemorySegment block = large.tryAllocate(byteSize, byteAlignment, this::reclaim);
            return block == null ? NULL : block.address();
        }
        RegionList regions = supply.list();
        long place = regions.take(layout.runFor(byteSize, byteAlignment), byteSize, byteAlignment);
        if (place < 0) {
            MemorySegment block = allocateSlowly(byteSize, byteAlignment);
            return block == null ? NULL : block.address();
        }
        return regions.region(place).addressOf(RegionList.start(place));
    }

    /** Whether a region can serve a request. Checks the request. */
    private boolean isForRegion(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        supply.requireOpen();
        return layout.fitsRegion(byteSize, byteAlignment);
    }

    private @Nullable MemorySegment allocateSlowly(long byteSize, long byteAlignment) {
        int run = layout.runFor(byteSize, byteAlignment);
        RegionSearch.Place place = search.take(run, byteSize, byteAlignment);
        if (place == null) {
            place = source.retry(supply.smallestFor(run), () -> search.take(run, byteSize, byteAlignment));
        }
        if (place == null) {
            refused.increment();
            return null;
        }
        return place.region().block(place.start(), byteSize);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (!layout.fitsRegion(byteSize, byteAlignment)) {
            return large.refusal(byteSize, byteAlignment);
        }
        int run = layout.runFor(byteSize, byteAlignment);
        return source.refusal(byteSize, byteAlignment, supply.smallestFor(run));
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        return large.refusal(byteSizes, byteAlignment, byteSize -> takenBytes(byteSize, byteAlignment));
    }

    /** {@inheritDoc} It is the size rounded to granules, or the size itself if the block has memory of its own. */
    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return Math.max(byteSize, takenBytes(byteSize, byteAlignment));
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A batch that cannot fit under the limit together with the live blocks is refused before any memory is taken.
     */
    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        supply.requireOpen();
        Allocator.requireValid(byteSizes, byteAlignment);
        return large.admits(byteSizes, byteSize -> takenBytes(byteSize, byteAlignment))
                ? Allocator.super.tryAllocateAll(byteSizes, byteAlignment)
                : null;
    }

    /** What a block takes in a region, or {@link LargeBlocks#LARGE}. */
    private long takenBytes(long byteSize, long byteAlignment) {
        return layout.fitsRegion(byteSize, byteAlignment) ? layout.blockSize(byteSize) : LargeBlocks.LARGE;
    }

    @Override
    public void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        if (!tryFree(address, byteSize) && !large.free(address, byteSize)) {
            throw invalidFree(address);
        }
    }

    @Override
    public boolean tryFree(long address, long byteSize) {
        supply.requireOpen();
        Extent found = supply.find(address);
        return found != null && found.tryFree(address, byteSize);
    }

    /** Counts an attempt to free a block that is not live, and returns what is wrong with it. */
    private InvalidBlockException invalidFree(long address) {
        Region region = supply.at(address);
        return supply.invalidFree(region == null ? large.whatIsWrongWith(address) : region.whatIsWrongWith(address));
    }

    /**
     * {@inheritDoc}
     *
     * <p>A block stays in its place if it shrinks, and if it grows and there is room behind it.
     */
    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        supply.requireOpen();
        Region region = supply.at(block.address());
        return region == null
                ? tryResizeLarge(block, byteSize, byteAlignment)
                : region.tryResize(block, byteSize, byteAlignment, this);
    }

    /** Resizes a block that lies in no region. */
    private @Nullable MemorySegment tryResizeLarge(MemorySegment block, long byteSize, long byteAlignment) {
        if (!large.isLive(block.address())) {
            throw invalidFree(block.address());
        }
        MemorySegment resized = large.resize(block, byteSize, byteAlignment);
        return resized == null ? Allocator.super.tryResize(block, byteSize, byteAlignment) : resized;
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        supply.requireOpen();
        Allocator.freeAll(this, blocks, _ -> supply.invalidFrees.increment());
    }

    @Override
    public boolean owns(long address) {
        return supply.at(address) != null || large.isLive(address);
    }

    @Override
    public boolean isLive(long address) {
        Region region = supply.at(address);
        return region == null ? large.isLive(address) : region.isLive(address);
    }

    @Override
    public long allocatedSize(long address) {
        Region region = supply.at(address);
        return region == null ? large.allocatedSize(address) : region.allocatedSize(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        Region region = supply.at(address);
        return region == null ? large.blockAt(address, byteSize) : region.blockAt(address, byteSize);
    }

    /** {@inheritDoc} Counts regions without live blocks. */
    @Override
    public long retainedBytes() {
        return supply.retainedBytes();
    }

    @Override
    public void retain(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("retainedBytes is " + bytes + ", must be 0 or more");
        }
        supply.requireOpen();
        supply.setRetained(bytes);
    }

    @Override
    public long trim() {
        supply.requireOpen();
        long bytes = reclaim();
        source.trim();
        return bytes;
    }

    private long reclaim() {
        long before = source.committedBytes();
        supply.trim();
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    private long requestedBytes() {
        return Math.max(0, supply.totals().requestedBytes()) + large.requestedBytes();
    }

    @Override
    public AllocatorStats stats() {
        AllocatorStats inRegions = supply.stats();
        AllocatorStats own = inRegions.toBuilder()
                .requestedBytes(Math.max(0, inRegions.requestedBytes()))
                .metadataBytes(supply.metadataBytes())
                .refused(refused.sum())
                .invalidFrees(supply.invalidFrees.sum())
                .build();
        return own.plus(source.stats()).plus(large.stats());
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability == Limit.class
                ? Optional.of(capability.cast(source.limit()))
                : Allocator.super.as(capability);
    }

    @Override
    public void inspect(Visitor visitor) {
        supply.requireOpen();
        walk(visitor);
    }

    @Override
    public Evacuation evacuate(double mostLive, long budgetBytes) {
        Evacuable.requireValid(mostLive, budgetBytes);
        supply.requireOpen();
        return new RegionEvacuation(supply, mostLive, budgetBytes);
    }

    private void walk(Visitor visitor) {
        for (Region region : supply.list().regions()) {
            region.inspect(visitor);
        }
        large.inspect(visitor);
    }

    @Override
    public void leaveReports() {
        leaks.end();
    }

    @Override
    public void hold() {
        holds.hold();
    }

    @Override
    public void release() {
        holds.release();
    }

    @Override
    public boolean isClosed() {
        return supply.isClosed();
    }

    @Override
    public void close() {
        holds.close();
        if (supply.shut()) {
            leaks.ofLive(stats(), this::walk).log();
            leaks.end();
        }
        source.close(supply::close, large::close);
    }

    @Override
    public String toString() {
        return name + " allocator, granules of " + layout.granule() + " bytes, regions up to " + layout.regionSize();
    }
}
