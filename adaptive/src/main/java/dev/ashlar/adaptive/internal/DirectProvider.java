package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The strategy that is always installed: each block is a chunk of its own. */
final class DirectProvider implements AllocatorProvider {

    static final AllocatorProvider INSTANCE = new DirectProvider();

    private DirectProvider() {}

    @Override
    public String name() {
        return Adaptive.DIRECT;
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        return new Capabilities(
                Set.of(AddressAllocator.class, Owner.class, Inspectable.class),
                Capabilities.ANY,
                Capabilities.ANY,
                LargeBlockPolicy.UPSTREAM);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        AtomicReference<@Nullable DirectAllocator> made = new AtomicReference<>();
        MeteredSource metered = MeteredSource.of(config, Adaptive.DIRECT, () -> {
            DirectAllocator direct = made.get();
            return direct == null ? 0 : direct.requestedBytes();
        });
        DirectAllocator direct = new DirectAllocator(metered);
        made.set(direct);
        return direct;
    }
}
