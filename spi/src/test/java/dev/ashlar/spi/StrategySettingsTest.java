package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of a strategy, set by its builder, by properties, and by both. */
class StrategySettingsTest {

    private static final StrategySetting<Integer> COURSES = StrategySetting.between("courses", 4, 1, 100);
    private static final StrategySetting<Long> BRICK_BYTES = StrategySetting.of("brickBytes", 4096L);
    private static final StrategySetting<Long> MORTAR_BYTES = StrategySetting.powerOfTwo("mortarBytes", 8192, 16, 8192);
    private static final StrategySetting<Double> LIME = StrategySetting.between("mortar.lime", 0.5, 0.0, 1.0);
    private static final StrategySetting<Boolean> DRY = StrategySetting.of("dry", false);
    private static final StrategySetting<String> MASON = StrategySetting.of("mason", "nobody");
    private static final StrategySetting<TimeUnit> UNIT = StrategySetting.of("unit", TimeUnit.SECONDS);
    private static final StrategySetting<Duration> REST = StrategySetting.of("rest", Duration.ofSeconds(1));
    private static final StrategySetting<List<Integer>> ROWS =
            StrategySetting.list("rows", Integer.class, List.of(1), rows -> {
                if (rows.size() > 3) {
                    throw new IllegalArgumentException("rows are " + rows + ", must be 3 at most");
                }
            });
    private static final StrategySetting<List<String>> TOOLS =
            StrategySetting.list("tools", String.class, List.of("trowel"), _ -> {});
    private static final StrategySetting<List<Long>> HOLES =
            StrategySetting.list("holes", Long.class, List.of(), _ -> {});
    private static final StrategySetting<Thread> OWNER = StrategySetting.of("owner", Thread.currentThread());

    private static final List<StrategySetting<?>> ALL =
            List.of(COURSES, BRICK_BYTES, MORTAR_BYTES, LIME, DRY, MASON, UNIT, REST, ROWS, TOOLS, HOLES, OWNER);

    /** A strategy that makes no allocator. */
    private static final class WallProvider implements AllocatorProvider {

        @Override
        public String name() {
            return "wall";
        }

        @Override
        public Capabilities capabilities(AllocatorConfig config) {
            throw new AssertionError("not asked");
        }

        @Override
        public int apiVersion() {
            return API_VERSION;
        }

        @Override
        public Allocator createBare(AllocatorConfig config) {
            throw new AssertionError("not asked");
        }
    }

    private static final class Wall extends AllocatorBuilder<Wall> {

        Wall() {
            super(new WallProvider());
        }

        Wall courses(int courses) {
            return set(COURSES, courses);
        }

        Wall brickBytes(long bytes) {
            return set(BRICK_BYTES, bytes);
        }

        Wall unit(TimeUnit unit) {
            return set(UNIT, unit);
        }
    }

    /** A configuration as if the strategies of these tests were installed. */
    private static AllocatorConfig from(Map<String, String> properties) {
        return AllocatorConfig.builder()
                .properties(properties, () -> Set.of("wall", "wallpaper", "wa"))
                .build();
    }

    private static StrategySettings wall(Map<String, String> properties) {
        return from(properties).settings("wall", ALL);
    }

    private static StrategySettings wall(AllocatorConfig config) {
        return config.settings("wall", ALL);
    }

    @Test
    void mustBeTheDefaultsIfNothingIsSet() {
        StrategySettings settings = wall(AllocatorConfig.defaults());

        assertThat(settings).hasToString("{}");
        assertThat(settings.get(COURSES)).isEqualTo(4);
        assertThat(settings.get(TOOLS)).containsExactly("trowel");
    }

    @Test
    void mustBindEachType() {
        StrategySettings settings = wall(Map.of(
                "ashlar.wall.courses", "7",
                "ashlar.wall.brickBytes", "64KiB",
                "ashlar.wall.mortar.lime", "0.75",
                "ashlar.wall.dry", "TRUE",
                "ashlar.wall.mason", " Ann ",
                "ashlar.wall.unit", "Hours",
                "ashlar.wall.rest", "250ms",
                "ashlar.wall.rows", "16, 48,4368",
                "ashlar.wall.holes", "1KiB,2",
                "ashlar.wall.tools", " line , level"));

        assertThat(settings.get(COURSES)).isEqualTo(7);
        assertThat(settings.get(BRICK_BYTES)).isEqualTo(65536);
        assertThat(settings.get(LIME)).isEqualTo(0.75);
        assertThat(settings.get(DRY)).isTrue();
        assertThat(settings.get(MASON)).isEqualTo("Ann");
        assertThat(settings.get(UNIT)).isEqualTo(TimeUnit.HOURS);
        assertThat(settings.get(REST)).isEqualTo(Duration.ofMillis(250));
        assertThat(settings.get(ROWS)).containsExactly(16, 48, 4368);
        assertThat(settings.get(HOLES)).containsExactly(1024L, 2L);
        assertThat(settings.get(TOOLS)).containsExactly("line", "level");
        assertThat(wall(Map.of("ashlar.wall.rows", " ")).get(ROWS)).isEmpty();
    }

    @Test
    void mustBeWhatTheBuilderHasSet() {
        Wall builder = new Wall().courses(5).brickBytes(1);
        AllocatorConfig config = builder.config();
        builder.courses(6);

        assertThat(wall(config).get(COURSES)).isEqualTo(5);
        assertThat(wall(config).get(BRICK_BYTES)).isEqualTo(1);
        assertThat(wall(builder.config()).get(COURSES)).isEqualTo(6);
        assertThat(config.settings("wallpaper", ALL)).hasToString("{}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustPutPropertiesOverWhatIsSetInCode(boolean propertiesFirst) {
        Wall inCode = new Wall().courses(5).brickBytes(1);
        AllocatorConfig properties = from(Map.of("ashlar.wall.courses", "9"));

        AllocatorConfig config = propertiesFirst
                ? properties.toBuilder().settings(inCode).build()
                : AllocatorConfig.builder()
                        .settings(inCode)
                        .properties(Map.of("ashlar.wall.courses", "9"), () -> Set.of("wall"))
                        .build();

        assertThat(wall(config).get(COURSES)).isEqualTo(9);
        assertThat(wall(config).get(BRICK_BYTES)).isEqualTo(1);
        assertThat(wall(config).toString()).isEqualTo("{ashlar.wall.courses=9, brickBytes=1}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustPutPropertiesOverWhatTheBuilderOfAStrategyHasSetInCode(boolean propertiesFirst) {
        Map<String, String> properties = Map.of("ashlar.limit", "1MiB", "ashlar.name", "by property");
        Wall builder = new Wall();
        if (propertiesFirst) {
            builder.properties(properties);
        }
        builder.limit("2MiB").retained("64KiB").name("in code");
        if (!propertiesFirst) {
            builder.properties(properties);
        }

        assertThat(builder.config().limitBytes()).isEqualTo(1 << 20);
        assertThat(builder.config().nameOr("wall")).isEqualTo("by property");
        assertThat(builder.config().retainedBytes()).isEqualTo(64 << 10);
    }

    @Test
    void mustRefuseMalformedPropertiesWhenTheyAreGiven() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Wall().properties(Map.of("ashlar.limit", "much")))
                .withMessageStartingWith("ashlar.limit is 'much': ");
    }

    @Test
    void mustPutSettingsOfALaterBuilderOverThoseOfAnEarlier() {
        AllocatorConfig config = AllocatorConfig.builder()
                .settings(new Wall().courses(5).brickBytes(1))
                .settings(new Wall().courses(6))
                .build();

        assertThat(wall(config).get(COURSES)).isEqualTo(6);
        assertThat(wall(config).get(BRICK_BYTES)).isEqualTo(1);
        assertThat(wall(config.toBuilder().limitBytes(1).build())).hasToString("{brickBytes=1, courses=6}");
    }

    @Test
    void mustRefuseABuilderOfWhichMoreThanTheSettingsWouldBeLost() {
        Wall builder = new Wall().courses(5).limit(1 << 20).name("garden");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.builder().settings(builder))
                .withMessage(
                        "The builder has set limit, name, must have set only settings of its own strategy. Set these"
                                + " on this configuration instead.");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        AllocatorConfig.builder().settings(new Wall().properties(Map.of("ashlar.retained", "1MiB"))))
                .withMessageStartingWith("The builder has set properties, must have set");
    }

    @Test
    void mustRefuseInTheBuilderWhatIsNotAllowed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Wall().courses(101))
                .withMessage("courses is 101, must be 1 to 100");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Wall().unit(null))
                .withMessage("unit is null, must be a value such as the default, SECONDS");
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
        assertThat(wall(Map.of("ashlar.wall.rest", text)).get(REST)).isEqualTo(duration);
    }

    @Test
    void mustReadNegativeNumbersAndLeaveTheirRangeToTheSetting() {
        assertThat(wall(Map.of("ashlar.wall.brickBytes", "-1")).get(BRICK_BYTES))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "courses     | four         | must be a whole number from -2147483648 to 2147483647",
                "courses     | 2147483648   | must be a whole number",
                "courses     | 0            | courses is 0, must be 1 to 100",
                "brickBytes  | 1Z           | '1Z' is no byte size",
                "mortarBytes | 3KiB         | mortarBytes is 3072, must be a power of two from 16 to 8192",
                "mortar.lime | 1.5          | mortar.lime is 1.5, must be 0.0 to 1.0",
                "mortar.lime | NaN          | must be a number such as 0.9",
                "dry         | yes          | must be true or false",
                "unit        | weeks        | must be one of nanoseconds, microseconds, milliseconds, seconds, minutes",
                "rest        | soon         | must be a duration, such as 250ms",
                "rest        | 999999999999999999d | must be a duration",
                "rows        | 1,2,3,4      | rows are [1, 2, 3, 4], must be 3 at most",
            })
    void mustNameKeyValueAndWhatIsAllowed(String key, String value, String allowed) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall." + key, value)))
                .withMessageStartingWith("ashlar.wall." + key + " is '" + value + "': ")
                .withMessageContaining(allowed);
    }

    @Test
    void mustNameTheElementOfAListThatIsWrong() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall.rows", "16,x")))
                .withMessageStartingWith("ashlar.wall.rows is 'x': must be a whole number");
    }

    @Test
    void mustRefuseUnknownKeysAndListTheKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall.mortar.line", "7")))
                .withMessage("Unknown key ashlar.wall.mortar.line (value '7'). Did you mean 'mortar.lime'? Known keys:"
                        + " ashlar.wall.brickBytes, ashlar.wall.courses, ashlar.wall.dry, ashlar.wall.holes,"
                        + " ashlar.wall.mason, ashlar.wall.mortar.lime, ashlar.wall.mortarBytes, ashlar.wall.owner,"
                        + " ashlar.wall.rest, ashlar.wall.rows, ashlar.wall.tools, ashlar.wall.unit.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(Map.of("ashlar.wall.x", "1")).settings("wall", List.of()))
                .withMessageContaining("There are no keys that begin with ashlar.wall.");
    }

    @Test
    void mustLeaveTheKeysOfOtherStrategiesAlone() {
        assertThat(wall(Map.of("ashlar.wallpaper.colour", "red", "ashlar.wa.x", "y")))
                .hasToString("{}");
    }

    @Test
    void mustSayThatATypeCanOnlyBeSetInCode() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(Map.of("ashlar.wall.owner", "main")))
                .withMessage("ashlar.wall.owner cannot be set by a property, because its type is java.lang.Thread. Set"
                        + " it in code, with the builder of the strategy.");
    }

    @Test
    void mustRefuseSettingsThatContradictEachOtherAndSayWhereEachIsFrom() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        wall(Map.of("ashlar.wall.brickBytes", "16KiB")).requireAscending(BRICK_BYTES, MORTAR_BYTES))
                .withMessage("ashlar.wall.brickBytes is '16KiB', must be at most mortarBytes: mortarBytes is 8192 by"
                        + " default. Lower the first or raise the second.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> wall(new Wall().brickBytes(8193).config())
                        .with(MORTAR_BYTES, 64L)
                        .requireAscending(BRICK_BYTES, MORTAR_BYTES))
                .withMessageStartingWith("brickBytes is 8193, must be at most mortarBytes: mortarBytes is 64.");
        wall(Map.of("ashlar.wall.brickBytes", "8KiB")).requireAscending(BRICK_BYTES, MORTAR_BYTES);
    }

    @Test
    void mustTakeOthersWhereNothingIsSet() {
        StrategySettings settings = wall(new Wall().courses(5).config());
        StrategySettings profile = StrategySettings.NONE.with(COURSES, 9).with(DRY, true);

        assertThat(settings.orElse(profile).get(COURSES)).isEqualTo(5);
        assertThat(settings.orElse(profile).get(DRY)).isTrue();
    }
}
