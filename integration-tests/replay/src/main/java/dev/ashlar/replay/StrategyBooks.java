package dev.ashlar.replay;

import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.ResetMode.KeepMemory;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import java.util.Optional;

/** A strategy's statistics, compared with the live blocks and with the chunks of its memory source. */
class StrategyBooks implements Books {

    private static final KeepMemory KEEP = new KeepMemory();

    private final Allocator allocator;
    private final CountingSource source;

    StrategyBooks(Allocator allocator, CountingSource source) {
        this.allocator = allocator;
        this.source = source;
    }

    /** Makes the same, but for a strategy that adapts it uses the clock of the trace. */
    static StrategyBooks openObserved(AllocatorProvider provider) {
        return provider.name().equals(AdaptiveProvider.NAME) ? AdaptiveBooks.open() : open(provider);
    }

    /** Makes an allocator with the defaults, on a source that counts. */
    static StrategyBooks open(AllocatorProvider provider) {
        CountingSource source = new CountingSource(AllocatorConfig.defaults().source());
        return new StrategyBooks(
                provider.create(AllocatorConfig.builder().source(source).build()), source);
    }

    /** The allocator whose books these are. */
    Allocator allocator() {
        return allocator;
    }

    /** Bytes of the chunks that it has taken: the committed bytes, without a walk over threads. */
    long takenBytes() {
        return source.bytes();
    }

    @Override
    public Optional<Allocator> inspectable() {
        return allocator.as(Inspectable.class).map(_ -> allocator);
    }

    @Override
    public Figures figures() {
        return Figures.of(allocator.stats());
    }

    @Override
    public Long committedBytes() {
        return allocator.stats().committedBytes();
    }

    @Override
    public void verify(long liveBlocks, long liveBytes) {
        AllocatorStats stats = allocator.stats();
        if (stats.liveBlocks() != liveBlocks || stats.requestedBytes() != liveBytes) {
            throw new SubjectFailure(
                    "live are " + liveBlocks + " blocks of " + liveBytes + " bytes, the statistics say "
                            + stats.liveBlocks() + " blocks of " + stats.requestedBytes() + " bytes");
        }
        if (stats.committedBytes() < source.bytes()) {
            throw new SubjectFailure("the memory source has handed out " + source.bytes()
                    + " bytes, the statistics say that " + stats.committedBytes() + " are committed");
        }
    }

    /** An allocator that frees blocks together is reset, and keeps its memory. */
    @Override
    public void settle() {
        verify(0, 0);
        allocator.as(Resettable.class).ifPresent(arena -> arena.reset(KEEP));
    }

    @Override
    public void finish() {
        verify(0, 0);
        allocator.trim();
        allocator.close();
        if (source.chunks() != 0) {
            throw new SubjectFailure("leak: " + source.chunks() + " chunks of " + source.bytes()
                    + " bytes did not go back to the memory source when the allocator was closed");
        }
    }

    @Override
    public void close() {
        allocator.close();
    }
}
