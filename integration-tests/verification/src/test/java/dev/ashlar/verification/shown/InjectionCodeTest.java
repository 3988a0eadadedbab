package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Provides;
import dev.ashlar.adaptive.guice.AllocatorLifecycle;
import dev.ashlar.adaptive.guice.AllocatorModule;
import dev.ashlar.adaptive.guice.LimitedBy;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.spi.AllocatorConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Code on injection. */
class InjectionCodeTest {

    static final class Cache {
        private final Allocator allocator;

        @Inject
        Cache(@LimitedBy("cache") Allocator allocator) {
            this.allocator = allocator;
        }
    }

    static final class Server {
        private static final List<Allocator> used = new ArrayList<>();
        private final Allocator allocator;

        @Inject
        Server(Allocator allocator) {
            this.allocator = allocator;
        }

        void run() {
            allocator.free(allocator.allocate(100, 8));
            assertThat(allocator.stats().frees()).isEqualTo(1);
            used.add(allocator);
        }
    }

    static final class Packet {}

    static final class ServerModule extends AbstractModule {
        @Provides
        PoolConfig<Packet> packets() {
            return PoolConfig.of(Packet::new);
        }
    }

    @Test
    void limit() {
        // @start region="inject"
        Injector injector = Guice.createInjector(
                AllocatorModule.builder().limit("cache", 16 << 20).build());
        Cache cache = injector.getInstance(Cache.class); // Cache(@LimitedBy("cache") Allocator allocator)
        // @end
        assertThat(cache.allocator.as(Limit.class).orElseThrow().limitBytes()).isEqualTo(16 << 20);
        injector.getInstance(AllocatorLifecycle.class).close();
    }

    @Test
    void module() {
        // @start region="module"
        Injector injector = Guice.createInjector(
                AllocatorModule.builder().limit("cache", 64 << 20).build(), new ServerModule());
        // @end
        Allocator cache = injector.getInstance(Cache.class).allocator;
        assertThat(cache.as(Limit.class).orElseThrow().limitBytes()).isEqualTo(64 << 20);
        assertThat(injector.getInstance(new Key<PoolConfig<Packet>>() {})).isNotNull();
        injector.getInstance(AllocatorLifecycle.class).close();
    }

    @Test
    void limits() {
        // @start region="limits"
        Injector injector = Guice.createInjector(
                AllocatorModule.builder()
                        .config(AllocatorConfig.builder().limitBytes(1L << 30).build())
                        .properties(System.getProperties())
                        .limit("server", 256 << 20)
                        .limit("server.cache", 64 << 20)
                        .limit("server.index", 200 << 20)
                        .reserve("server.index", 100 << 20)
                        .pool(Packet.class)
                        .build(),
                new ServerModule());
        // @end
        assertThat(injector.getInstance(new Key<Pool<Packet>>() {}).acquire()).isNotNull();
        injector.getInstance(AllocatorLifecycle.class).close();
    }

    @Test
    void lifecycle() {
        // @start region="lifecycle"
        try (AllocatorLifecycle lifecycle = new AllocatorLifecycle()) {
            Injector injector = Guice.createInjector(
                    AllocatorModule.builder().lifecycle(lifecycle).build());
            injector.getInstance(Server.class).run();
        }
        // @end
        assertThat(Server.used).hasSize(1).allMatch(Allocator::isClosed);
    }
}
