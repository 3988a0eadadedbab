package dev.ashlar.adaptive.guice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Singleton;
import com.google.inject.Stage;
import com.google.inject.TypeLiteral;
import com.google.inject.name.Named;
import com.google.inject.name.Names;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AllocatorModuleTest {

    private final FaultySource source = new FaultySource();

    private final List<AllocatorLifecycle> lifecycles = new ArrayList<>();

    private final AllocatorConfig config =
            AllocatorConfig.builder().source(source).build();

    @AfterEach
    void nothingMayBeOpenAfterTheEnd() {
        lifecycles.forEach(AllocatorLifecycle::close);
        assertThat(source.openBytes()).isZero();
        source.close();
    }

    private AllocatorModule.Builder module() {
        return AllocatorModule.builder().config(config);
    }

    private Injector start(AllocatorModule module) {
        return start(Stage.DEVELOPMENT, module);
    }

    private Injector start(Stage stage, AllocatorModule module) {
        Injector injector = Guice.createInjector(stage, module);
        lifecycles.add(injector.getInstance(AllocatorLifecycle.class));
        return injector;
    }

    record Everything(
            Allocator allocator,
            AdaptiveAllocator adaptive,
            Allocator named,
            Allocator slab,
            Allocator cache,
            Map<String, AllocatorProvider> providers) {

        @Inject
        Everything(
                Allocator allocator,
                AdaptiveAllocator adaptive,
                @Named("adaptive") Allocator named,
                @jakarta.inject.Named("slab") Allocator slab,
                @LimitedBy("cache") Allocator cache,
                Map<String, AllocatorProvider> providers) {
            this.allocator = allocator;
            this.adaptive = adaptive;
            this.named = named;
            this.slab = slab;
            this.cache = cache;
            this.providers = providers;
        }
    }

    @Test
    void mustInjectEveryKindOfAllocator() {
        Injector injector = start(module().limit("cache", 4096).build());
        Everything it = injector.getInstance(Everything.class);
        assertThat(it.adaptive).isSameAs(it.allocator).isSameAs(it.named);
        assertThat(it.slab).isNotSameAs(it.allocator);
        assertThat(it.providers).containsKeys("adaptive", "slab");
        Limit limit = it.cache.as(Limit.class).orElseThrow();
        assertThat(limit.limitBytes()).isEqualTo(4096);
        assertThat(limit.name()).isEqualTo("cache");
        MemorySegment block = it.slab.allocate(64, 8);
        assertThat(it.allocator.stats().liveBlocks()).isZero();
        it.slab.free(block);
        assertThat(injector.getInstance(Everything.class)).isEqualTo(it); // singletons
    }

    @Test
    void mustInjectAllocatorsWithoutAnySetting() {
        Injector injector = start(new AllocatorModule());
        Allocator allocator = injector.getInstance(Allocator.class);
        assertThat(allocator).isInstanceOf(AdaptiveAllocator.class);
        MemorySegment block = allocator.allocate(64, 8);
        assertThat(block.byteSize()).isEqualTo(64);
        allocator.free(block);
        assertThat(allocator.stats().frees()).isEqualTo(1);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(limitOf(injector, Key.get(Allocator.class))).isEqualTo(AllocationException.NO_LIMIT);
    }

    @Test
    void mustCloseWhatWasMadeWhenTheInjectorCannotBeMade() {
        AbstractModule failing = new AbstractModule() {
            @Override
            protected void configure() {
                bind(Object.class)
                        .toProvider(() -> {
                            throw new IllegalStateException("another singleton");
                        })
                        .in(Singleton.class);
            }
        };
        AllocatorConfig ahead = config.toBuilder().preallocateBytes(256 * 1024).build();
        try (AllocatorLifecycle lifecycle = new AllocatorLifecycle()) {
            AllocatorModule module =
                    AllocatorModule.builder().config(ahead).lifecycle(lifecycle).build();
            assertThatThrownBy(() -> Guice.createInjector(Stage.PRODUCTION, module, failing))
                    .isInstanceOf(CreationException.class);
            assertThat(source.openBytes()).isPositive();
        }
        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustServeThreadsThatAskForTheAllocatorAndALimitedOneAtOnce() throws Exception {
        AllocatorModule module = module().limit("cache", 4096).build();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 100; round++) {
                Injector injector = start(module);
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<?>> asking = new ArrayList<>();
                for (Key<Allocator> key : List.of(Key.get(Allocator.class), AllocatorModule.keyOf("cache"))) {
                    asking.add(threads.submit(() -> {
                        start.await();
                        return injector.getInstance(key);
                    }));
                }
                for (Future<?> one : asking) {
                    assertThat(one.get(20, TimeUnit.SECONDS)).isNotNull();
                }
            }
        }
    }

    @Test
    void mustCountALimitAgainstTheOneThatItIsWithin() {
        Injector injector =
                start(module().limit("server", 4096).limit("server.cache", 3072).build());
        Allocator cache = injector.getInstance(AllocatorModule.keyOf("server.cache"));
        Allocator server = injector.getInstance(AllocatorModule.keyOf("server"));
        MemorySegment inCache = cache.allocate(2048, 8);
        MemorySegment inServer = server.allocate(1536, 8);
        assertThatThrownBy(() -> cache.allocate(1024, 8)).isInstanceOf(AllocationException.class);
        assertThat(cache.as(Limit.class).orElseThrow().parent()).isEqualTo(server.as(Limit.class));
        server.free(inServer);
        MemorySegment second = cache.allocate(1024, 8);
        assertThatThrownBy(() -> cache.allocate(1, 1)).isInstanceOf(AllocationException.class);
        cache.free(inCache);
        cache.free(second);
    }

    @Test
    void mustInjectTheLimitItself() {
        Injector injector = start(module().limit("server", 4096)
                .limit("server.cache", AllocationException.NO_LIMIT)
                .build());
        Limit cache = limit(injector, "server.cache");
        assertThat(cache.parent()).containsSame(limit(injector, "server"));
        assertThat(cache.limitBytes()).isEqualTo(AllocationException.NO_LIMIT);
        Allocator allocator = injector.getInstance(AllocatorModule.keyOf("server.cache"));
        assertThat(allocator.as(Limit.class)).containsSame(cache);
        List<MemorySegment> entries = new ArrayList<>(List.of(allocator.allocate(4096, 8)));
        cache.parent().orElseThrow().onRefusal((limit, missing) -> {
            entries.forEach(allocator::free);
            return true;
        });
        allocator.free(allocator.allocate(1024, 8));
        assertThat(cache.usedBytes()).isZero();
    }

    /** The component with the reservation is injected last. */
    @Test
    void mustHoldReservationsFromTheStart() {
        Injector injector = start(module().limit("server", 4096)
                .limit("server.cache", 4096)
                .limit("server.index", 2048)
                .reserve("server.index", 512)
                .properties(Map.of("ashlar.reservations.server.index", "1KiB"))
                .build());
        Allocator cache = injector.getInstance(AllocatorModule.keyOf("server.cache"));
        MemorySegment block = cache.allocate(3072, 8);
        assertThat(cache.tryAllocate(1, 1)).isNull();
        Allocator index = injector.getInstance(AllocatorModule.keyOf("server.index"));
        index.free(index.allocate(1024, 8));
        assertThat(limit(injector, "server.index").reservedBytes()).isEqualTo(1024);
        cache.free(block);
    }

    @Test
    void mustServeEachInjectorOfOneModuleALimitOfItsOwn() {
        AllocatorModule module = module().limit("cache", 4096).build();
        Limit one = limit(start(module), "cache");
        Limit other = limit(start(module), "cache");
        lifecycles.getFirst().close();
        assertThat(one.isClosed()).isTrue();
        assertThat(other.isClosed()).isFalse();
    }

    private static Limit limit(Injector injector, String name) {
        return injector.getInstance(AllocatorModule.keyOf(name).ofType(Limit.class));
    }

    @Test
    void mustTakePropertiesBeforeWhatIsSetInCode() {
        Properties properties = new Properties();
        properties.setProperty("ashlar.limit", "8MiB");
        properties.setProperty("ashlar.limits.cache", "2 MiB");
        properties.setProperty("ashlar.limits.index", "1MiB");
        properties.setProperty("unrelated.key", "is passed over");
        Injector injector =
                start(module().limit("cache", 4096).properties(properties).build());
        assertThat(injector.getInstance(AllocatorConfig.class).limitBytes()).isEqualTo(8 << 20);
        assertThat(limitOf(injector, AllocatorModule.keyOf("cache"))).isEqualTo(2 << 20);
        assertThat(limitOf(injector, AllocatorModule.keyOf("index"))).isEqualTo(1 << 20);
        assertThat(limitOf(injector, Key.get(Allocator.class))).isEqualTo(8 << 20);
    }

    @Test
    void mustTakePropertiesThatAnotherThreadRemoves() {
        Properties properties = new Properties() {
            @Override
            public String getProperty(String key) {
                remove(key);
                return super.getProperty(key);
            }
        };
        properties.setProperty("ashlar.limit", "8MiB");

        Injector injector = start(module().properties(properties).build());

        assertThat(injector.getInstance(AllocatorConfig.class).limitBytes()).isEqualTo(config.limitBytes());
    }

    private static long limitOf(Injector injector, Key<Allocator> key) {
        return injector.getInstance(key).as(Limit.class).orElseThrow().limitBytes();
    }

    @Test
    void mustPreallocateForTheAdaptiveAllocatorOnly() {
        AllocatorConfig ahead = config.toBuilder().preallocateBytes(256 * 1024).build();
        Injector injector =
                start(Stage.PRODUCTION, AllocatorModule.builder().config(ahead).build());
        long taken = source.openBytes();
        assertThat(taken).isGreaterThanOrEqualTo(256 * 1024);
        assertThat(injector.getInstance(Allocator.class).stats().committedBytes())
                .isEqualTo(taken);
    }

    @Test
    void mustTakeNoMemoryBeforeAnAllocatorIsAskedFor() {
        AllocatorConfig ahead = config.toBuilder().preallocateBytes(256 * 1024).build();
        Injector injector = start(AllocatorModule.builder().config(ahead).build());
        assertThat(source.takes()).isZero();
        assertThat(injector.getInstance(Allocator.class).stats().committedBytes())
                .isEqualTo(source.openBytes())
                .isPositive();
    }

    @Test
    void mustMakeAllocatorsOfOneModuleForEachInjector() {
        AllocatorModule module = module().build();
        Injector one = start(module);
        Injector other = start(module);
        Allocator left = one.getInstance(Allocator.class);
        Allocator right = other.getInstance(Allocator.class);
        assertThat(left).isNotSameAs(right);
        one.getInstance(AllocatorLifecycle.class).close();
        right.free(right.allocate(64, 8));
    }

    @Test
    void mustServeEveryInstalledStrategyByItsName() {
        Injector injector = start(module().build());
        var providers = injector.getInstance(Key.get(new TypeLiteral<Map<String, AllocatorProvider>>() {}));
        assertThat(providers).isNotEmpty();
        for (String name : providers.keySet()) {
            Allocator allocator = injector.getInstance(Key.get(Allocator.class, Names.named(name)));
            assertThat(allocator.allocate(64, 8).byteSize()).isEqualTo(64);
        }
    }
}
