package dev.ashlar.adaptive.guice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Provider;
import com.google.inject.TypeLiteral;
import com.google.inject.name.Names;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.LogOf;
import dev.ashlar.adaptive.internal.TieredAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class PoolBindingTest {

    private static final Key<StringBuilder> LINES = Key.get(StringBuilder.class, Names.named("lines"));

    private static final class Configs extends AbstractModule {
        @Override
        protected void configure() {
            bind(new TypeLiteral<PoolConfig<StringBuilder>>() {})
                    .toInstance(PoolConfig.builder(() -> new StringBuilder("plain"))
                            .capacity(2)
                            .build());
            bind(new Key<PoolConfig<StringBuilder>>(Names.named("lines")) {})
                    .toInstance(PoolConfig.builder(() -> new StringBuilder("line"))
                            .capacity(3)
                            .build());
        }
    }

    private static AllocatorModule.Builder module() {
        return AllocatorModule.builder().poolProvider(new PlainPool.Provider());
    }

    @Test
    void mustMakeEachPoolByTheConfigurationUnderItsAnnotation() {
        Injector injector = Guice.createInjector(
                module().pool(StringBuilder.class).pool(LINES).build(), new Configs());
        Pool<StringBuilder> plain = injector.getInstance(new Key<Pool<StringBuilder>>() {});
        Pool<StringBuilder> lines = injector.getInstance(new Key<Pool<StringBuilder>>(Names.named("lines")) {});
        assertThat(plain.acquire()).hasToString("plain");
        assertThat(lines.acquire()).hasToString("line");
        assertThat(injector.getInstance(new Key<Pool<StringBuilder>>() {})).isSameAs(plain);
        assertThat(injector.getInstance(new Key<SupervisedPool<StringBuilder>>() {}))
                .isSameAs(plain);
        assertThat(injector.getInstance(new Key<SupervisedPool<StringBuilder>>(Names.named("lines")) {}))
                .isSameAs(lines);
        AdaptiveAllocator allocator = injector.getInstance(AdaptiveAllocator.class);
        assertThat(allocator.report().pools()).containsOnlyKeys("StringBuilder", "lines");
        injector.getInstance(AllocatorLifecycle.class).close();
        assertThatIllegalStateException().isThrownBy(plain::acquire);
        assertThatIllegalStateException().isThrownBy(lines::acquire);
    }

    @Test
    void mustCloseAPoolBeforeTheLimitedAllocatorThatItsFactoryFetches() {
        AbstractModule buffers = new AbstractModule() {
            @Override
            protected void configure() {
                Provider<Allocator> cache = getProvider(AllocatorModule.keyOf("cache"));
                bind(new TypeLiteral<PoolConfig<MemorySegment>>() {})
                        .toInstance(PoolConfig.builder(() -> cache.get().allocate(64, 8))
                                .destroyer(buffer -> cache.get().free(buffer))
                                .build());
            }
        };
        Injector injector = Guice.createInjector(
                module().limit("cache", 4096).pool(MemorySegment.class).build(), buffers);
        Pool<MemorySegment> pool = injector.getInstance(new Key<Pool<MemorySegment>>() {});
        AdaptiveAllocator allocator = injector.getInstance(AdaptiveAllocator.class);
        pool.release(pool.acquire());
        try (LogOf log = new LogOf(TieredAllocator.class)) {
            injector.getInstance(AllocatorLifecycle.class).close();
            assertThat(log.messages())
                    .as("blocks that were live when %s was closed", allocator)
                    .isEmpty();
        }
    }

    @Test
    void mustRefuseAPoolWithoutAConfiguration() {
        assertThatExceptionOfType(CreationException.class)
                .isThrownBy(() ->
                        Guice.createInjector(module().pool(StringBuilder.class).build()))
                .withMessageContaining("No injectable constructor for type PoolConfig<StringBuilder>");
    }

    @Test
    void mustRefuseTwoPoolsOfOneName() {
        assertThatExceptionOfType(CreationException.class)
                .isThrownBy(() -> Guice.createInjector(
                        module().pool(StringBuilder.class)
                                .pool(Key.get(StringBuilder.class))
                                .build(),
                        new Configs()))
                .withMessageContaining("Two pools are named 'StringBuilder'");
    }

    @Test
    void mustSayWhatToAddWhereNothingMakesPools() {
        assertThatExceptionOfType(CreationException.class)
                .isThrownBy(() -> Guice.createInjector(
                        AllocatorModule.builder().pool(LINES).build(), new Configs()))
                .withMessageContaining("ashlar-lockfree");
    }
}
