package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.example.LeakyProgram;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import com.google.inject.name.Names;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.guice.AllocatorLifecycle;
import dev.ashlar.adaptive.guice.AllocatorModule;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.TrackingReport;
import dev.ashlar.arena.BumpArena;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.LeakLog;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tracking is switched on by a property, for programs whose code does not know it. */
class TrackedApplicationTest {

    private static final Map<String, String> ALL = Map.of("ashlar.tracking", "all");

    private final LeakLog log = new LeakLog();

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void systemPropertyMustTrackEveryAllocatorAndPoolOfAProgram() throws Exception {
        String[] strategies = {"slab", "lockfree", "buddy", "tlsf", "adaptive"};

        String errors = OtherJvm.errorsOf(LeakyProgram.class, "-Dashlar.tracking=all", strategies);

        for (String strategy : strategies) {
            assertThat(errors).containsPattern("""
                    '%s' is closed with 1 live block of 4096 bytes, allocated at
                      4096 bytes in 1 block, the oldest [0-9.]+ s
                        tag 'page'
                        at .*com.example.LeakyProgram.leakPage\\(LeakyProgram.java:\\d+\\)
                        at .*com.example.LeakyProgram.main\\(""".formatted(strategy));
        }
        assertThat(errors).containsPattern("""
                'lockfree' is closed with 1 live object, allocated at
                  1 object, the oldest [0-9.]+ s
                    at .*com.example.LeakyProgram.leakObject\\(""");
    }

    @Test
    void programWithoutThePropertyMustNotBeTracked() throws Exception {
        assertThat(OtherJvm.errorsOf(LeakyProgram.class, "-Dashlar.tracking=off", "slab"))
                .doesNotContain("LeakyProgram");
    }

    @Test
    void keyOfAConfigurationMustTrackItsAllocator() {
        try (Allocator allocator = Slab.builder().name("cache").properties(ALL).build()) {
            allocator.free(LeakyProgram.leakPage(allocator));
            assertThat(allocator.as(Tracked.class).orElseThrow().report().name())
                    .isEqualTo("cache");
        }
        try (Allocator allocator = Slab.allocator()) {
            assertThat(allocator.as(Tracked.class)).isEmpty();
        }
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void arenaMustStayResettable() {
        try (Allocator arena = BumpArena.builder().properties(ALL).build()) {
            assertThat(arena.as(Resettable.class)).isPresent();
        }
    }

    @Test
    void wrongValueMustBeRefusedWithTheAllowedOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.from(Map.of("ashlar.tracking", "leak")))
                .withMessage("ashlar.tracking is 'leak': must be off, leaks, all, or the mean number of bytes between"
                        + " samples, such as 64KiB");
        assertThatExceptionOfType(CreationException.class)
                .isThrownBy(() -> Guice.createInjector(AllocatorModule.builder()
                        .properties(Map.of("ashlar.tracking", "leak"))
                        .build()))
                .withMessageContaining("must be off, leaks, all");
    }

    @Test
    void injectedAllocatorsAndPoolsMustBeTracked() {
        Injector injector = Guice.createInjector(
                binder -> binder.bind(new Key<PoolConfig<StringBuilder>>() {})
                        .toInstance(PoolConfig.of(StringBuilder::new)),
                AllocatorModule.builder()
                        .properties(ALL)
                        .limit("cache", 1 << 20)
                        .pool(StringBuilder.class)
                        .build());
        Allocator adaptive = injector.getInstance(Allocator.class);
        Allocator slab = injector.getInstance(Key.get(Allocator.class, Names.named("slab")));
        Pool<StringBuilder> pool = injector.getInstance(Key.get(new TypeLiteral<Pool<StringBuilder>>() {}));
        AdaptiveAllocator sameAdaptive = injector.getInstance(AdaptiveAllocator.class);
        List<MemorySegment> kept = List.of(
                LeakyProgram.leakPage(adaptive),
                LeakyProgram.leakPage(injector.getInstance(AllocatorModule.keyOf("cache"))),
                LeakyProgram.leakPage(slab));
        StringBuilder object = LeakyProgram.leakObject(pool);
        StringBuilder created =
                LeakyProgram.leakObject(sameAdaptive.createPool("created", PoolConfig.of(StringBuilder::new)));

        assertThat(live(adaptive)).isEqualTo(2);
        assertThat(live(sameAdaptive)).isEqualTo(2);
        assertThat(live(slab)).isEqualTo(1);
        assertThat(((Tracked) pool).report().liveBlocks()).isEqualTo(1);
        assertThat(sameAdaptive.report().text()).contains("created");

        injector.getInstance(AllocatorLifecycle.class).close();
        assertThat(adaptive.isClosed()).isTrue();
        assertThat(log.messages())
                .filteredOn(message -> message.contains("LeakyProgram"))
                .hasSize(4)
                .anyMatch(message -> message.startsWith("'created' is closed with 1 live object"))
                .anyMatch(message -> message.startsWith("'StringBuilder' is closed with 1 live object"))
                .anyMatch(message -> message.startsWith("'adaptive' is closed with 2 live blocks of 8192 bytes"))
                .anyMatch(message -> message.startsWith("'slab' is closed with 1 live block of 4096 bytes"));
        assertThat(object).isNotSameAs(created);
        assertThat(kept).hasSize(3);
    }

    private static long live(Allocator allocator) {
        TrackingReport report = allocator.as(Tracked.class).orElseThrow().report();
        return report.liveBlocks();
    }
}
