package dev.ashlar.adaptive.guice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.inject.AbstractModule;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.spi.Message;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Wrong settings are refused when the injector is made, with Guice's own messages, and no memory stays committed. */
class MisconfigurationTest {

    private static List<String> refusals(AllocatorModule.Builder builder) {
        return refusals(builder.build());
    }

    private static List<String> refusals(com.google.inject.Module... modules) {
        CreationException refused = catchThrowableOfType(CreationException.class, () -> Guice.createInjector(modules));
        assertThat(refused).isNotNull();
        return refused.getErrorMessages().stream().map(Message::getMessage).toList();
    }

    private static AllocatorModule.Builder properties(String... keysAndTexts) {
        Map<String, String> properties = new java.util.HashMap<>();
        for (int i = 0; i < keysAndTexts.length; i += 2) {
            properties.put(keysAndTexts[i], keysAndTexts[i + 1]);
        }
        return AllocatorModule.builder().properties(properties);
    }

    @Test
    void mustTellEverythingThatIsWrongAtOnce() {
        assertThat(refusals(properties("ashlar.limit", "plenty", "ashlar.retainedd", "1MiB")))
                .hasSize(2)
                .anySatisfy(
                        message -> assertThat(message).contains("ashlar.limit").contains("plenty"))
                .anySatisfy(message ->
                        assertThat(message).contains("ashlar.retainedd").contains("ashlar.retained"));
    }

    @Test
    void mustTellEachWrongSettingOfAStrategy() {
        assertThat(refusals(properties(
                        "ashlar.slab.classesPerDoubling", "3",
                        "ashlar.slab.largestBlok", "64KiB",
                        "ashlar.slab.threadBytes", "128KiB",
                        "ashlar.adaptive.softLimit", "7",
                        "ashlar.limits.cache", "64 Q")))
                .hasSize(4)
                .anySatisfy(message -> assertThat(message).contains("classesPerDoubling is 3"))
                .anySatisfy(message -> assertThat(message).contains("Unknown key ashlar.slab.largestBlok"))
                .anySatisfy(message -> assertThat(message).contains("ashlar.adaptive.softLimit"))
                .anySatisfy(message -> assertThat(message).contains("ashlar.limits.cache"));
    }

    /** Each of these alone contradicts the default of the other. */
    @Test
    void mustNotRefuseASettingThatNeedsAnotherBesideOneThatIsWrong() {
        assertThat(refusals(properties(
                        "ashlar.adaptive.softLimit", "7",
                        "ashlar.retained", "4MiB",
                        "ashlar.preallocate", "3MiB",
                        "ashlar.reserve", "2MiB")))
                .singleElement()
                .asString()
                .contains("ashlar.adaptive.softLimit");
    }

    @Test
    void mustTellWhereEachWasSet() {
        AllocatorModule.Builder builder = AllocatorModule.builder()
                .limit("server", -1)
                .properties(Map.of("ashlar.limit", "plenty", "ashlar.limits.cache", "64 Q"));
        CreationException refused =
                catchThrowableOfType(CreationException.class, () -> Guice.createInjector(builder.build()));
        assertThat(refused.getErrorMessages())
                .extracting(Message::getSource)
                .satisfiesExactlyInAnyOrder(
                        source -> assertThat(source).contains("MisconfigurationTest.java:"),
                        source -> assertThat(source).isEqualTo("property ashlar.limit"),
                        source -> assertThat(source).isEqualTo("property ashlar.limits.cache"));
        CreationException withoutConfig = catchThrowableOfType(
                CreationException.class,
                () -> Guice.createInjector(AllocatorModule.builder()
                        .poolProvider(new PlainPool.Provider())
                        .pool(String.class)
                        .build()));
        assertThat(withoutConfig).hasMessageContaining("MisconfigurationTest.java:");
    }

    @Test
    void mustRefuseContradictions() {
        assertThat(refusals(properties("ashlar.retained", "1MiB", "ashlar.reserve", "2MiB")))
                .singleElement()
                .asString()
                .contains("reserveBytes", "retainedBytes");
    }

    @Test
    void mustRefuseSettingsThatOnlyAStrategyKnowsToBeWrong() {
        assertThat(refusals(properties("ashlar.slab.classesPerDoubling", "3")))
                .singleElement()
                .asString()
                .contains("ashlar.slab.classesPerDoubling", "3");
        assertThat(refusals(properties("ashlar.adaptive.softLimit", "7")))
                .singleElement()
                .asString()
                .contains("ashlar.adaptive.softLimit", "0.1 to 1");
        assertThat(refusals(properties("ashlar.adaptive.adaptation.dekay", "10s")))
                .singleElement()
                .asString()
                .contains("Did you mean 'adaptation.decay'?");
    }

    @Test
    void mustRefuseSettingsOfAStrategyThatIsNotInstalled() {
        assertThat(refusals(properties("ashlar.slap.largestBlock", "64KiB")))
                .singleElement()
                .asString()
                .contains("no strategy 'slap' is installed", "slab");
    }

    @Test
    void mustRefuseLimitsThatContradictEachOther() {
        assertThat(refusals(AllocatorModule.builder().limit("server", 1024).limit("server.cache", 2048)))
                .singleElement()
                .asString()
                .isEqualTo("The limit 'server.cache' is 2048 bytes, must be at most that of 'server', which is 1024.");
        assertThat(refusals(AllocatorModule.builder()
                        .config(AllocatorConfig.builder().limitBytes(1 << 20).build())
                        .limit("server", 2 << 20)))
                .singleElement()
                .asString()
                .contains("at most that of the whole allocator, which is 1048576");
        assertThat(refusals(AllocatorModule.builder().limit("cache", -1)))
                .singleElement()
                .asString()
                .contains("'cache' is -1 bytes, must be 0 or more");
    }

    @Test
    void mustRefuseALimitWithinOneThatIsNotThere() {
        assertThat(refusals(AllocatorModule.builder().limit("server.cache", 1)))
                .singleElement()
                .asString()
                .contains("within 'server', which is not set");
    }

    @Test
    void mustRefuseReservationsThatNothingCanHold() {
        AllocatorModule.Builder builder = AllocatorModule.builder()
                .limit("server", 1000)
                .limit("server.cache", 800)
                .limit("server.index", 100)
                .reserve("server", 10)
                .reserve("server.index", 101)
                .properties(Map.of("ashlar.reservations.server.cashe", "1", "ashlar.reservations.server.cache", "x"));
        CreationException refused =
                catchThrowableOfType(CreationException.class, () -> Guice.createInjector(builder.build()));
        assertThat(refused.getErrorMessages())
                .extracting(message -> message.getSource() + " " + message.getMessage())
                .satisfiesExactlyInAnyOrder(
                        told -> assertThat(told)
                                .contains("MisconfigurationTest.java:", "limit 'server', which has no parent"),
                        told -> assertThat(told)
                                .contains(
                                        "MisconfigurationTest.java:",
                                        "101 bytes are reserved for the limit 'server.index', must be at most the limit,"
                                                + " which is 100"),
                        told -> assertThat(told)
                                .startsWith("property ashlar.reservations.server.cashe")
                                .contains("'server.cashe', which is not set"),
                        told -> assertThat(told)
                                .startsWith("property ashlar.reservations.server.cache")
                                .contains("is no byte size"));
    }

    @Test
    void mustRefuseReservationsThatAddUpToMoreThanTheirParent() {
        AllocatorModule.Builder builder = AllocatorModule.builder()
                .limit("server", 1000)
                .limit("server.cache", 800)
                .limit("server.cache.pages", 800)
                .limit("server.index", 600)
                .reserve("server.cache", 200)
                .reserve("server.cache.pages", 500)
                .properties(Map.of("ashlar.reservations.server.index", "501"));
        assertThat(refusals(builder))
                .singleElement()
                .asString()
                .startsWith(
                        "1001 bytes are reserved within the limit 'server', must be at most the limit, which is 1000:"
                                + " 500 for 'server.cache' (")
                .endsWith(", 501 for 'server.index' (property ashlar.reservations.server.index).");
        builder.reserve("server.cache.pages", 499);
        Guice.createInjector(builder.build());
    }

    @Test
    void mustRefuseLimitsThatAreNone() {
        assertThat(refusals(properties("ashlar.limits.cache", "64 Q")))
                .singleElement()
                .asString()
                .contains("ashlar.limits.cache is '64 Q'", "is no byte size");
        assertThat(refusals(AllocatorModule.builder().limit("the cache", 1)))
                .singleElement()
                .asString()
                .contains("'the cache', must be letters");
    }

    @Test
    void mustRefuseALimitThatNobodyDeclared() {
        AbstractModule user = new AbstractModule() {
            @Override
            protected void configure() {
                requireBinding(AllocatorModule.keyOf("cache"));
            }
        };
        assertThat(refusals(new AllocatorModule(), user))
                .singleElement()
                .asString()
                .contains("No implementation for dev.ashlar.api.Allocator", "LimitedBy(\"cache\")", "was bound");
    }

    @Test
    void mustLeaveNoMemoryBehindWhenAnythingIsWrong() {
        try (FaultySource source = new FaultySource()) {
            AllocatorConfig config = AllocatorConfig.builder()
                    .source(source)
                    .preallocateBytes(1 << 20)
                    .build();
            assertThat(refusals(AllocatorModule.builder()
                            .config(config)
                            .properties(Map.of("ashlar.slab.largestBlock", "17"))))
                    .isNotEmpty();
            assertThat(source.openBytes()).isZero();
        }
    }
}
