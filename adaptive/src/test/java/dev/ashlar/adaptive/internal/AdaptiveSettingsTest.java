package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.Adaptive.Tracking;
import dev.ashlar.adaptive.Profile;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings in code and by properties. */
class AdaptiveSettingsTest {

    private static StrategySettings from(Map<String, String> properties) {
        return AdaptiveSettings.of(AllocatorConfig.from(properties));
    }

    private static StrategySettings of(Adaptive.Builder builder) {
        return AdaptiveSettings.of(builder.config());
    }

    @Test
    void mustBeTheDefaultsIfNothingIsSet() {
        assertThat(from(Map.of())).hasToString("{}");
        assertThat(of(Adaptive.builder())).hasToString("{}");
    }

    /** Each key with a value that is not the default, and the method that sets the same value. */
    @Test
    void mustSetTheSameByPropertiesAsByTheBuilder() {
        Map<String, String> keys = new HashMap<>();
        keys.put("profile", "high-throughput");
        keys.put("small.upTo", "1KiB");
        keys.put("small.strategies", "tlsf");
        keys.put("small.retainedShare", "0.2");
        keys.put("medium.upTo", "8KiB");
        keys.put("medium.strategies", "tlsf, slab");
        keys.put("medium.retainedShare", "0.4");
        keys.put("large.upTo", "1MiB");
        keys.put("large.strategies", "direct");
        keys.put("large.retainedShare", "0.1");
        keys.put("shortLived", "arena,tier");
        keys.put("threadCaches", "false");
        keys.put("softLimit", "0.7");
        keys.put("tags", "3");
        keys.put("tracking", "detailed");
        keys.put("housekeeping", "manual");
        keys.put("adaptation.interval", "2s");
        keys.put("adaptation.window", "30");
        keys.put("adaptation.pause", "3min");
        keys.put("adaptation.lowHitRate", "0.8");
        keys.put("adaptation.highHitRate", "0.95");
        keys.put("adaptation.growth", "2");
        keys.put("adaptation.mostRetained", "8GB");
        keys.put("adaptation.decay", "30s");
        keys.put("adaptation.samples", "1000");
        keys.put("adaptation.sizeClasses", "32");
        keys.put("adaptation.tableSaving", "0.1");
        keys.put("alerts.fragmentation", "0.2");
        keys.put("alerts.utilisation", "0.4");
        keys.put("alerts.overhead", "3");
        keys.put("alerts.pressure", "0.75");
        keys.put("alerts.hitRate", "0.85");
        keys.put("alerts.reuseRatio", "0.7");
        keys.put("alerts.hysteresis", "0.02");
        Map<String, String> properties = new HashMap<>();
        keys.forEach((key, value) -> properties.put("ashlar.adaptive." + key, value));

        Adaptive.Builder builder = Adaptive.builder()
                .profile(Profile.HIGH_THROUGHPUT)
                .small(tier -> tier.upTo(1024).strategies("tlsf").retainedShare(0.2))
                .medium(tier -> tier.upTo("8KiB").strategies("tlsf", "slab").retainedShare(0.4))
                .large(tier -> tier.upTo(1 << 20).strategies(Adaptive.DIRECT).retainedShare(0.1))
                .shortLived("arena", Adaptive.TIER)
                .threadCaches(false)
                .softLimit(0.7)
                .tags(3)
                .tracking(Tracking.DETAILED)
                .housekeeping(Housekeeping.MANUAL)
                .adaptation(its -> its.interval(Duration.ofSeconds(2))
                        .window(30)
                        .pause(Duration.ofMinutes(3))
                        .lowHitRate(0.8)
                        .highHitRate(0.95)
                        .growth(2)
                        .mostRetained("8GB")
                        .decay(Duration.ofSeconds(30))
                        .samples(1000)
                        .sizeClasses(32)
                        .tableSaving(0.1))
                .alerts(at -> at.fragmentation(0.2)
                        .utilisation(0.4)
                        .overhead(3)
                        .pressure(0.75)
                        .hitRate(0.85)
                        .reuseRatio(0.7)
                        .hysteresis(0.02));

        for (StrategySetting<?> setting : AdaptiveSettings.ALL) {
            assertThat(keys).containsKey(setting.key());
            assertThat((Object) from(properties).get(setting))
                    .as(setting.key())
                    .isNotEqualTo(setting.byDefault())
                    .isEqualTo(of(builder).get(setting));
        }
        assertThat(from(properties).get(AdaptiveSettings.MEDIUM.strategies())).containsExactly("tlsf", "slab");
        assertThat(from(properties).get(AdaptiveSettings.MOST_RETAINED)).isEqualTo(8_000_000_000L);
    }

    @Test
    void mustPutWhatIsSetOverAProfileWhicheverComesFirst() {
        StrategySettings byProperty =
                from(Map.of("ashlar.adaptive.profile", "small-memory", "ashlar.adaptive.adaptation.decay", "5s"));

        assertThat(byProperty.get(AdaptiveSettings.DECAY)).isEqualTo(Duration.ofSeconds(5));
        assertThat(byProperty.get(AdaptiveSettings.LARGE.strategies())).startsWith("tlsf");
        assertThat(byProperty.get(AdaptiveSettings.MOST_RETAINED)).isEqualTo(8 << 20);
        StrategySettings inCode = of(Adaptive.builder()
                .adaptation(its -> its.decay(Duration.ofSeconds(5)))
                .profile(Profile.SMALL_MEMORY));
        for (StrategySetting<?> setting : AdaptiveSettings.ALL) {
            assertThat((Object) inCode.get(setting)).as(setting.key()).isEqualTo(byProperty.get(setting));
        }
        assertThat(of(Adaptive.builder().profile(Profile.PRODUCTION)).get(AdaptiveSettings.SOFT_LIMIT))
                .isEqualTo(0.8);
    }

    @Test
    void mustPutPropertiesOverWhatIsSetInCode() {
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar.adaptive.softLimit", "0.5")).toBuilder()
                .settings(Adaptive.builder()
                        .profile(Profile.PRODUCTION)
                        .softLimit(0.6)
                        .tags(7))
                .build();

        StrategySettings settings = AdaptiveSettings.of(config);
        assertThat(settings.get(AdaptiveSettings.SOFT_LIMIT)).isEqualTo(0.5);
        assertThat(settings.get(AdaptiveSettings.TAGS)).isEqualTo(7);
        assertThat(settings.get(AdaptiveSettings.PRESSURE)).isEqualTo(0.8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "small.upTo|128KiB|must be at most medium.upTo: medium.upTo is 65536 by default",
                "small.upTo|8Z|is no byte size",
                "small.strategies|Slab;|must be one or more names of strategies",
                "small.retainedShare|0.75|Together they are 1.5, must be 0 to 1",
                "softLimit|1.5|softLimit is 1.5, must be 0.1 to 1.0",
                "tags|-1|tags is -1, must be 0 to 1024",
                "adaptation.lowHitRate|0.995|must be at most adaptation.highHitRate: adaptation.highHitRate is 0.99",
                "adaptation.samples|-1|samples is -1, must be 0 to 1048576",
                "adaptation.growth|1|growth is 1.0, must be 1.01 to 10.0",
                "alerts.hysteresis|0.6|hysteresis is 0.6, must be 0.0 to 0.5",
                "alerts.pressur|0.9|Did you mean 'alerts.pressure'?",
                "profile|huge|must be one of general, high_throughput, small_memory, production"
            })
    void mustRefuseWithKeyValueAndWhatIsAllowed(String key, String value, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(Map.of("ashlar.adaptive." + key, value)))
                .withMessageContaining("ashlar.adaptive." + key)
                .withMessageContaining(value)
                .withMessageContaining(expected);
    }

    @Test
    void mustRefuseInTheBuilderWhatIsOutOfRangeAndWhenBuiltWhatContradicts() {
        Adaptive.Builder builder = Adaptive.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.alerts(at -> at.pressure(1.5)))
                .withMessage("alerts.pressure is 1.5, must be 0.0 to 1.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.small(tier -> tier.strategies()))
                .withMessage("small.strategies is '', must be one or more names of strategies, such as slab,tlsf");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.large(tier -> tier.upTo(100)).build())
                .withMessage("medium.upTo is 65536 by default, must be at most large.upTo: large.upTo is 100. Lower the"
                        + " first or raise the second.");
    }

    /** docs/settings.md lists the values of each profile. */
    @Test
    void mustSetWhatProfilesPromise() {
        StrategySettings throughput = of(Adaptive.builder().profile(Profile.HIGH_THROUGHPUT));
        StrategySettings production = of(Adaptive.builder().profile(Profile.PRODUCTION));

        assertThat(List.of(throughput.get(AdaptiveSettings.DECAY), throughput.get(AdaptiveSettings.PAUSE)))
                .containsExactly(Duration.ofMinutes(1), Duration.ofSeconds(10));
        assertThat(throughput.get(AdaptiveSettings.GROWTH)).isEqualTo(1.5);
        assertThat(throughput.get(AdaptiveSettings.MOST_RETAINED)).isEqualTo(1 << 30);
        assertThat(List.of(production.get(AdaptiveSettings.DECAY), production.get(AdaptiveSettings.PAUSE)))
                .containsExactly(Duration.ofSeconds(30), Duration.ofMinutes(5));
        assertThat(List.of(production.get(AdaptiveSettings.PRESSURE), production.get(AdaptiveSettings.HYSTERESIS)))
                .containsExactly(0.8, 0.1);
    }
}
