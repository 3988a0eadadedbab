package dev.ashlar.heap;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.ForwardingAllocator;
import java.util.Optional;
import java.util.Set;

/** An allocator that lacks some capabilities of another one. */
final class HiddenCapabilities extends ForwardingAllocator {

    private final Set<Class<?>> hidden;

    HiddenCapabilities(Allocator upstream, Class<?>... hidden) {
        super(upstream);
        this.hidden = Set.of(hidden);
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return hidden.contains(capability) ? Optional.empty() : upstream.as(capability);
    }
}
