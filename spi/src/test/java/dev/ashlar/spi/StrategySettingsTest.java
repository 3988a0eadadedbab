package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of a strategy: typed, by properties, and both. */
class StrategySettingsTest {

    /** One component of each type. */
    public record WallConfig(
            int courses,
            long brickBytes,
            boolean dry,
            String mason,
            TimeUnit unit,
            Duration rest,
            List<String> tools,
            Thread owner) {

        static final WallConfig DEFAULTS = new WallConfig(
                4,
                4096,
                false,
                "nobody",
                TimeUnit.SECONDS,
                Duration.ofSeconds(1),
                List.of("trowel"),
                Thread.currentThread());

        public WallConfig {
            if (courses < 1 || courses > 100) {
                throw new IllegalArgumentException("courses is " + courses + ", must be 1 to 100");
            }
        }
    }

    public record NoSettings() {}

    public record Mortar(double lime, String sand) {

        public Mortar {
            if (lime < 0 || lime > 1) {
                throw new IllegalArgumentException("lime is " + lime + ", must be 0 to 1");
            }
        }
    }

    public record MixedConfig(int rows, Mortar inner, Mortar outer) {

        static final MixedConfig DEFAULTS = new MixedConfig(1, new Mortar(0.5, "fine"), new Mortar(0.25, "coarse"));
    }

    public record Lists(List<Integer> rows, List<Long> bytes, List<String> names, List<Thread> owners) {

        static final Lists NONE = new Lists(List.of(), List.of(), List.of(), List.of());
    }

    /** A configuration as if the strategies of these tests were installed. */
    private static AllocatorConfig from(Map<String, String> properties) {
        return AllocatorConfig.builder()
                .properties(properties, () -> Set.of("wall", "wallpaper", "wa", "mixed", "plain", "lists"))
                .build();
    }

    @Test
    void mustBindLists() {
        AllocatorConfig config = from(Map.of(
                "ashlar.lists.rows", "16, 48,4368",
                "ashlar.lists.bytes", "1KiB,2",
                "ashlar.lists.names", " tlsf , slab"));

        assertThat(config.settings("lists", Lists.NONE))
                .isEqualTo(new Lists(List.of(16, 48, 4368), List.of(1024L, 2L), List.of("tlsf", "slab"), List.of()));
        assertThat(from(Map.of("ashlar.lists.rows", " ")).settings("lists", Lists.NONE))
                .isEqualTo(Lists.NONE);
    }

    @Test
    void mustNameTheElementOfAListThatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(Map.of("ashlar.lists.rows", "16,x")).settings("lists", Lists.NONE))
                .withMessageStartingWith("ashlar.lists.rows is 'x': must be a whole number");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(Map.of("ashlar.lists.owners", "me")).settings("lists", Lists.NONE))
                .withMessageContaining("its type is java.util.List<java.lang.Thread>");
    }

    private static MixedConfig mixed(Map<String, String> properties) {
        return from(properties).settings("mixed", MixedConfig.DEFAULTS);
    }

    @Test
    void mustBindTheComponentsOfRecordsInside() {
        assertThat(mixed(Map.of("ashlar.mixed.inner.lime", "0.75", "ashlar.mixed.rows", "3")))
                .isEqualTo(new MixedConfig(3, new Mortar(0.75, "fine"), new Mortar(0.25, "coarse")));
    }

    @Test
    void mustRefuseWhatARecordInsideRefusesWithItsWholeKey() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mixed(Map.of("ashlar.mixed.outer.lime", "1.5")))
                .withMessage("ashlar.mixed.outer.lime is '1.5': lime is 1.5, must be 0 to 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mixed(Map.of("ashlar.mixed.outer.lime", "NaN")))
                .withMessageContaining("must be a number such as 0.9");
    }

    @Test
    void mustNameTheKeysOfRecordsInsideWhenOneIsUnknown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mixed(Map.of("ashlar.mixed.inner.line", "1")))
                .withMessage("Unknown key ashlar.mixed.inner.line (value '1'). Did you mean 'inner.lime'? Known keys:"
                        + " ashlar.mixed.inner.lime, ashlar.mixed.inner.sand, ashlar.mixed.outer.lime,"
                        + " ashlar.mixed.outer.sand, ashlar.mixed.rows.");
    }

    private static WallConfig wall(Map<String, String> properties) {
        return from(properties).settings("wall", WallConfig.DEFAULTS);
    }

    @Test
    void mustBeTheDefaultsIfNothingIsSet() {
        assertThat(AllocatorConfig.defaults().settings("wall", WallConfig.DEFAULTS))
                .isSameAs(WallConfig.DEFAULTS);
    }

    @Test
    void mustBeTheRecordThatWasSet() {
        WallConfig typed =
                new WallConfig(5, 1, true, "me", TimeUnit.DAYS, Duration.ZERO, List.of(), Thread.currentThread());

        AllocatorConfig config = AllocatorConfig.builder().settings(typed).build();

        assertThat(config.settings("wall", WallConfig.DEFAULTS)).isSameAs(typed);
    }

    @Test
    void mustBindEachType() {
        WallConfig wall = wall(Map.of(
                "ashlar.wall.courses", "7",
                "ashlar.wall.brickBytes", "64KiB",
                "ashlar.wall.dry", "TRUE",
                "ashlar.wall.mason", " Ann ",
                "ashlar.wall.unit", "Hours",
                "ashlar.wall.rest", "250ms"));

        assertThat(wall)
                .isEqualTo(new WallConfig(
                        7,
                        65536,
                        true,
                        "Ann",
                        TimeUnit.HOURS,
                        Duration.ofMillis(250),
                        WallConfig.DEFAULTS.tools(),
                        WallConfig.DEFAULTS.owner()));
    }

    @Test
    void mustPutPropertiesOverTheRecordThatWasSet() {
        WallConfig typed =
                new WallConfig(5, 1, true, "me", TimeUnit.DAYS, Duration.ZERO, List.of(), Thread.currentThread());

        AllocatorConfig config = from(Map.of("ashlar.wall.courses", "9")).toBuilder()
                .settings(typed)
                .build();

        assertThat(config.settings("wall", WallConfig.DEFAULTS))
                .isEqualTo(new WallConfig(
                        9, 1, true, "me", TimeUnit.DAYS, Duration.ZERO, List.of(), Thread.currentThread()));
    }

    @ParameterizedTest
    @CsvSource({
        "10s, PT10S",
        "5min, PT5M",
        "2h, PT2H",
        "1d, PT24H",
        "3 ns, PT0.000000003S",
        "4us, PT0.000004S",
        "PT1M30S, PT1M30S"
    })
    void mustReadDurations(String text, Duration duration) {
        assertThat(wall(Map.of("ashlar.wall.rest", text)).rest()).isEqualTo(duration);
    }

    @Test
    void mustReadNegativeNumbersAndLeaveTheirRangeToTheRecord() {
        assertThat(wall(Map.of("ashlar.wall.brickBytes", "-1")).brickBytes()).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "courses    | four         | must be a whole number from -2147483648 to 2147483647",
                "courses    | 2147483648   | must be a whole number",
                "courses    | 0            | courses is 0, must be 1 to 100",
                "brickBytes | 1Z           | '1Z' is no byte size",
                "dry        | yes          | must be true or false",
                "unit       | weeks        | must be one of nanoseconds, microseconds, milliseconds, seconds, minutes",
                "rest       | soon         | must be a duration, such as 250ms",
                "rest       | 999999999999999999d | must be a duration",
            })
    void mustNameKeyValueAndWhatIsAllowed(String component, String value, String allowed) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall." + component, value)))
                .withMessageContaining("ashlar.wall." + component + " is '" + value + "'")
                .withMessageContaining(allowed);
    }

    @Test
    void mustRefuseUnknownKeysAndListTheKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall.course", "7")))
                .withMessage("Unknown key ashlar.wall.course (value '7'). Did you mean 'courses'? Known keys:"
                        + " ashlar.wall.brickBytes, ashlar.wall.courses, ashlar.wall.dry, ashlar.wall.mason,"
                        + " ashlar.wall.owner, ashlar.wall.rest, ashlar.wall.tools, ashlar.wall.unit.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(Map.of("ashlar.plain.x", "1")).settings("plain", new NoSettings()))
                .withMessageContaining("There are no keys that begin with ashlar.plain.");
    }

    @Test
    void mustLeaveTheKeysOfOtherStrategiesAlone() {
        assertThat(wall(Map.of("ashlar.wallpaper.colour", "red", "ashlar.wa.x", "y")))
                .isSameAs(WallConfig.DEFAULTS);
    }

    @Test
    void mustSayThatATypeCanOnlyBeSetInCode() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall.owner", "main")))
                .withMessageContaining(
                        "ashlar.wall.owner cannot be set by a property, because its type is java.lang.Thread")
                .withMessageContaining("AllocatorConfig.Builder.settings");
    }

    private record Hidden(int size) {}

    @Test
    void mustTellAuthorsThatSettingsMustBePublic() {
        AllocatorConfig config = from(Map.of("ashlar.wall.size", "1"));

        assertThatIllegalStateException()
                .isThrownBy(() -> config.settings("wall", new Hidden(1)))
                .withMessageContaining("must be a public record in an exported package");
    }
}
