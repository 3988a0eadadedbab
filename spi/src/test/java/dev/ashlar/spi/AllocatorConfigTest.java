package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The general part of a configuration. */
class AllocatorConfigTest {

    private static final StrategySetting<Integer> SIZE = StrategySetting.of("size", 1);

    private static final MemorySource SOURCE = new JdkMemorySource();

    private static Allocator anyAllocator() {
        return (Allocator) Proxy.newProxyInstance(
                AllocatorConfigTest.class.getClassLoader(), new Class<?>[] {Allocator.class}, (_, _, _) -> null);
    }

    @Test
    void mustHaveTheDocumentedDefaults() {
        AllocatorConfig config = AllocatorConfig.defaults();

        assertThat(config.limitBytes()).isEqualTo(AllocationException.NO_LIMIT);
        assertThat(config.retainedBytes()).isEqualTo(1024 * 1024);
        assertThat(config.reserveBytes()).isZero();
        assertThat(config.preallocateBytes()).isZero();
        assertThat(config.source().name()).isEqualTo("jdk");
        assertThat(config.upstream()).isEmpty();
    }

    @Test
    void mustHoldWhatTheBuilderWasGiven() {
        Allocator upstream = anyAllocator();

        AllocatorConfig config = AllocatorConfig.builder()
                .limitBytes(256 << 20)
                .retainedBytes(4 << 20)
                .reserveBytes(1 << 20)
                .preallocateBytes(2 << 20)
                .source(SOURCE)
                .upstream(upstream)
                .build();

        assertThat(config.limitBytes()).isEqualTo(256 << 20);
        assertThat(config.retainedBytes()).isEqualTo(4 << 20);
        assertThat(config.reserveBytes()).isEqualTo(1 << 20);
        assertThat(config.preallocateBytes()).isEqualTo(2 << 20);
        assertThat(config.source()).isSameAs(SOURCE);
        assertThat(config.upstream()).containsSame(upstream);
        assertThat(config)
                .hasToString("AllocatorConfig[limit=256 MiB, retained=4 MiB, reserve=1 MiB, preallocate=2 MiB,"
                        + " source=jdk, upstream=true, settings={}, properties={}]");
    }

    @Test
    void mustNotChangeWhenItsBuilderIsUsedOn() {
        AllocatorConfig.Builder builder = AllocatorConfig.builder().limitBytes(100);
        AllocatorConfig config = builder.build();
        builder.limitBytes(200).set("pebble", SIZE, 7);
        config.toBuilder().limitBytes(300).set("pebble", SIZE, 8);

        assertThat(config.limitBytes()).isEqualTo(100);
        assertThat(config.settings("pebble", List.of(SIZE)).get(SIZE)).isEqualTo(1);
    }

    @Test
    void mustKeepEverythingInACopy() {
        Allocator upstream = anyAllocator();
        AllocatorConfig.Builder builder = AllocatorConfig.builder()
                .limitBytes(2000)
                .retainedBytes(1000)
                .reserveBytes(10)
                .preallocateBytes(20)
                .source(SOURCE)
                .upstream(upstream)
                .properties(Map.of("ashlar.brick.size", "9"), () -> Set.of("brick"));
        builder.set("pebble", SIZE, 7);
        AllocatorConfig config = builder.build();

        AllocatorConfig copy = config.toBuilder().build();

        assertThat(copy).hasToString(config.toString());
        assertThat(copy.toString()).endsWith("settings={pebble={size=7}}, properties={ashlar.brick.size=9}]");
        assertThat(copy.source()).isSameAs(SOURCE);
        assertThat(copy.upstream()).containsSame(upstream);
    }

    @Test
    void mustKeepReadyWhatIsTakenAheadUnlessToldOtherwise() {
        AllocatorConfig preallocated =
                AllocatorConfig.builder().preallocateBytes(8 << 20).build();
        AllocatorConfig reserved =
                AllocatorConfig.builder().reserveBytes(9 << 20).build();

        assertThat(preallocated.retainedBytes()).isEqualTo(8 << 20);
        assertThat(reserved.retainedBytes()).isEqualTo(9 << 20);
        assertThat(preallocated.toBuilder().preallocateBytes(0).build().retainedBytes())
                .isEqualTo(AllocatorConfig.DEFAULT_RETAINED);
    }

    @Test
    void mustRefuseValuesOutOfRange() {
        AllocatorConfig.Builder builder = AllocatorConfig.builder();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.limitBytes(0))
                .withMessage("limitBytes is 0, must be 1 or more, or none (NO_LIMIT) for no limit");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.retainedBytes(-1))
                .withMessage("retainedBytes is -1, must be 0 to 9223372036854775807");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.reserveBytes(-2))
                .withMessageContaining("reserveBytes is -2, must be 0 to");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.preallocateBytes(-3))
                .withMessageContaining("preallocateBytes is -3, must be 0 to");
    }

    @Test
    void mustRefuseValuesThatContradictEachOther() {
        AllocatorConfig.Builder retained = AllocatorConfig.builder().retainedBytes(100);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> retained.reserveBytes(101).build())
                .withMessage(
                        "reserveBytes is 101, must be 0 to retainedBytes, which is 100. Lower the first or raise the"
                                + " second. Their properties are ashlar.reserve and ashlar.retained.");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> retained.reserveBytes(100).preallocateBytes(101).build())
                .withMessageStartingWith("preallocateBytes is 101, must be 0 to retainedBytes, which is 100.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.builder().retainedBytes(100).build().toBuilder()
                        .preallocateBytes(102)
                        .build())
                .withMessageStartingWith("preallocateBytes is 102, must be 0 to retainedBytes, which is 100.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.builder()
                        .limitBytes(50)
                        .preallocateBytes(51)
                        .build())
                .withMessageStartingWith("preallocateBytes is 51, must be 0 to limitBytes, which is 50.");
    }

    @Test
    void mustReadPropertiesAndPassOverThoseOfOthers() {
        AllocatorConfig config = AllocatorConfig.from(Map.of(
                "ashlar.limit", "1GiB",
                "ashlar.retained", "8 MiB",
                "ashlar.reserve", "64KiB",
                "ashlar.preallocate", "1MB",
                "ashlar.source", " jdk ",
                "ashlar.provider", "slab",
                "ashlarlimit", "nonsense",
                "java.version", "25"));

        assertThat(config.limitBytes()).isEqualTo(1 << 30);
        assertThat(config.retainedBytes()).isEqualTo(8 << 20);
        assertThat(config.reserveBytes()).isEqualTo(64 << 10);
        assertThat(config.preallocateBytes()).isEqualTo(1_000_000);
        assertThat(config.source().name()).isEqualTo("jdk");
        assertThat(AllocatorConfig.from(Map.of("ashlar.limit", "None")).limitBytes())
                .isEqualTo(AllocationException.NO_LIMIT);
    }

    @Test
    void mustReadPropertiesWithTheirDefaults() {
        Properties defaults = new Properties();
        defaults.setProperty("ashlar.limit", "2MiB");
        Properties properties = new Properties(defaults);
        properties.setProperty("ashlar.retained", "3");
        properties.put("ashlar.reserve", 1); // not a text, so not a property

        AllocatorConfig config = AllocatorConfig.from(properties);

        assertThat(config.limitBytes()).isEqualTo(2 << 20);
        assertThat(config.retainedBytes()).isEqualTo(3);
        assertThat(config.reserveBytes()).isZero();
    }

    /** Another thread removes a property after its name was read and before its value is read. */
    @Test
    void mustReadPropertiesThatAnotherThreadRemoves() {
        Properties properties = new Properties() {
            @Override
            public String getProperty(String key) {
                remove(key);
                return super.getProperty(key);
            }
        };
        properties.setProperty("ashlar.limit", "1GiB");
        properties.setProperty("any.other", "x");

        assertThat(AllocatorConfig.from(properties).limitBytes()).isEqualTo(AllocationException.NO_LIMIT);
    }

    @Test
    void mustRefuseSettingsOfAStrategyThatIsNotInstalled() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.builder()
                        .properties(Map.of("ashlar.slap.largestBlock", "64KiB"), () -> Set.of("slab")))
                .withMessage("Unknown key ashlar.slap.largestBlock (value '64KiB'): no strategy 'slap' is installed."
                        + " Did you mean 'slab'? Installed: slab. Add the dependency that has it, or remove the"
                        + " property.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.from(Map.of("ashlar.bogus.x", "1")))
                .withMessageContaining("no strategy 'bogus' is installed");
    }

    @Test
    void mustPassOverKeysThatOtherPartsOfAshlarRead() {
        AllocatorConfig config = AllocatorConfig.from(Map.of(
                "ashlar.pool", "lockfree",
                "ashlar.limits.cache", "64MiB",
                "ashlar.seed", "17",
                "ashlar.tests", "long",
                "ashlar.patience", "5"));

        assertThat(config).hasToString(AllocatorConfig.defaults().toString());
    }

    /** The rule is in the Javadoc of {@link AllocatorConfig}. */
    @Test
    void mustReadChoicesAndNothingElseFromSystemProperties() {
        System.setProperty("ashlar.limit", "1MiB");
        System.setProperty("ashlar.source", "river");
        try {
            assertThatThrownBy(AllocatorConfig::defaults).hasMessageContaining("ashlar.source is 'river'");
            System.clearProperty("ashlar.source");
            assertThat(AllocatorConfig.defaults().limitBytes()).isEqualTo(AllocationException.NO_LIMIT);
            assertThat(AllocatorConfig.from(System.getProperties()).limitBytes())
                    .isEqualTo(1 << 20);
        } finally {
            System.clearProperty("ashlar.limit");
            System.clearProperty("ashlar.source");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ashlar.limit       | 0     | ashlar.limit is '0': limitBytes is 0, must be 1 or more, or none (NO_LIMIT) for no limit",
                "ashlar.limit       | -1    | ashlar.limit is '-1': '-1' is no byte size: write a number of 0 or more",
                "ashlar.limit       | much  | ashlar.limit is 'much': 'much' is no byte size",
                "ashlar.retained    | -1    | ashlar.retained is '-1': '-1' is no byte size: write a number of 0 or more",
                "ashlar.reserve     | 1.5   | ashlar.reserve is '1.5': '1.5' is 1.5 bytes, must be whole",
                "ashlar.preallocate | 99EiB | ashlar.preallocate is '99EiB': '99EiB' is too large",
                "ashlar.source      | river | ashlar.source is 'river': No memory source 'river' can be used. Installed: jdk",
                "ashlar.limits      | 1     | Unknown key ashlar.limits (value '1'). Did you mean 'limit'? Known keys: ashlar.hardening, ashlar.limit, ashlar.name",
                "ashlar.limit.max   | 1     | Unknown key ashlar.limit.max (value '1').",
                "ashlar.            | 1     | Unknown key ashlar. (value '1').",
                "ashlar.Slab.size   | 1     | Unknown key ashlar.Slab.size (value '1').",
                "ashlar.slab.       | 1     | Unknown key ashlar.slab. (value '1').",
            })
    void mustNameKeyValueAndWhatIsAllowed(String key, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AllocatorConfig.from(Map.of(key, value)))
                .withMessageStartingWith(message);
    }
}
