package dev.ashlar.api.support;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The raw addresses of a decorator whose blocks are those of the allocator underneath. It decides how blocks are
 * allocated and freed; look-ups are passed on.
 *
 * <p>It is as safe for use by many threads as the other one.
 */
public abstract class ForwardingAddresses implements AddressAllocator {

    /** The raw addresses of the allocator underneath. */
    protected final AddressAllocator upstream;

    private final Allocator decorator;

    /**
     * Passes look-ups on.
     *
     * @param decorator the allocator that these addresses belong to
     * @param upstream the raw addresses of the allocator underneath
     */
    protected ForwardingAddresses(Allocator decorator, AddressAllocator upstream) {
        this.decorator = Objects.requireNonNull(decorator, "decorator");
        this.upstream = Objects.requireNonNull(upstream, "upstream");
    }

    @Override
    public final Allocator allocator() {
        return decorator;
    }

    @Override
    public final boolean isLive(long address) {
        return upstream.isLive(address);
    }

    @Override
    public final @Nullable MemorySegment blockAt(long address, long byteSize) {
        return upstream.blockAt(address, byteSize);
    }
}
