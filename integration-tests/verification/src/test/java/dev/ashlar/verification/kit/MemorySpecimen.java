package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.MemoryContract;

/** The bounds of memory on an allocator with a fault. Not run by itself, but by {@link KitCanFailTest}. */
final class MemorySpecimen extends MemoryContract {

    /** Static, because JUnit makes a new specimen for each test. */
    static Fault fault;

    @Override
    protected Allocator create(AllocatorConfig config) {
        return fault.broken().apply(config);
    }

    @Override
    protected long liveBytes() {
        return 3_000_000;
    }

    @Override
    protected long committedBytes(Allocator allocator, FaultySource source) {
        return allocator.stats().committedBytes();
    }

    @Override
    protected void housekeep(Allocator allocator) {
        if (allocator instanceof BrokenMemory.KeepingHouse keepingHouse) {
            keepingHouse.keepHouse();
        }
    }
}
