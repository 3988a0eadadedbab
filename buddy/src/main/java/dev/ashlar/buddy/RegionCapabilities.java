package dev.ashlar.buddy;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resizable;
import dev.ashlar.spi.Capabilities;
import java.util.Set;

/** What allocators of both strategies can do. */
final class RegionCapabilities {

    /** What regions are aligned to. A constant, because a provider must not load the allocator to tell. */
    private static final long LARGEST_ALIGNMENT = 16 * 1024;

    private RegionCapabilities() {}

    static Capabilities upTo(long regionSize) {
        return new Capabilities(
                Set.of(AddressAllocator.class, Resizable.class, Owner.class, Inspectable.class),
                regionSize,
                LARGEST_ALIGNMENT);
    }
}
