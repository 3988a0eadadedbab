package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link AllocatorProvider} as tests: what it says about a configuration is true for the allocators
 * made with it. The author of a strategy extends it and lists settings.
 */
public abstract class ProviderContract {

    /** Larger blocks are not tested, because they would take too long. */
    private static final long LARGEST_TRIED = 64 << 20;

    /** For subclasses. */
    protected ProviderContract() {}

    /** The provider. */
    protected abstract AllocatorProvider provider();

    /** Properties by key, such as {@code ashlar.slab.sizes}, of configurations that the strategy accepts. */
    protected abstract List<Map<String, String>> accepted();

    /** Properties by key, of configurations that the strategy refuses. */
    protected abstract List<Map<String, String>> refused();

    private interface Check {
        void of(AllocatorConfig config, FaultySource source, Allocator upstream);
    }

    /** Checks a configuration, with a source and an upstream of its own. */
    private static void check(Map<String, String> properties, Check check) {
        try (FaultySource source = new FaultySource();
                FaultySource above = new FaultySource();
                Allocator upstream =
                        new DirectAllocator(new MeteredSource(above, AllocationException.NO_LIMIT, () -> 0))) {
            AllocatorConfig config = AllocatorConfig.builder()
                    .source(source)
                    .upstream(upstream)
                    .retainedBytes(0) // what is retained of one request may serve another
                    .properties(properties)
                    .build();
            check.of(config, source, upstream);
        }
    }

    @Test
    void capabilities_mustBeThoseOfTheAllocator() {
        accepted()
                .forEach(properties -> check(properties, (config, _, _) -> {
                    try (Allocator allocator = provider().create(config)) {
                        Capabilities told = provider().capabilities(config);
                        assertThat(CapabilityRules.KNOWN)
                                .as("capabilities with %s", properties)
                                .allMatch(known -> allocator.as(known).isPresent()
                                        == told.interfaces().contains(known));
                        assertThat(told.interfaces())
                                .allMatch(capability -> allocator.as(capability).isPresent());
                    }
                }));
    }

    @Test
    void capabilities_mustTellWhatTheStrategyServesItself() {
        accepted()
                .forEach(properties -> check(properties, (config, _, upstream) -> {
                    Capabilities told = provider().capabilities(config);
                    long largest = Math.min(told.maxByteSize(), LARGEST_TRIED);
                    long alignment = Math.min(told.maxByteAlignment(), 4096);
                    try (Allocator allocator = provider().create(config)) {
                        for (long byteSize : new long[] {0, 1, largest / 2 + 1, largest}) {
                            allocator.free(allocator.allocate(byteSize, 1));
                            allocator.free(allocator.allocate(byteSize, alignment));
                        }
                        assertThat(upstream.stats().allocations())
                                .as("requests upstream with %s", properties)
                                .isZero();
                        if (told.maxByteSize() <= LARGEST_TRIED) {
                            assertBeyond(allocator, told.maxByteSize() + 1, 1, told.largeBlocks(), upstream);
                        }
                        if (told.maxByteAlignment() <= LARGEST_TRIED) {
                            assertBeyond(allocator, largest, 2 * told.maxByteAlignment(), told.largeBlocks(), upstream);
                        }
                    }
                }));
    }

    private static void assertBeyond(
            Allocator allocator, long byteSize, long byteAlignment, LargeBlockPolicy policy, Allocator upstream) {
        long before = upstream.stats().allocations();
        switch (policy) {
            case REFUSE ->
                assertThatExceptionOfType(AllocationException.class)
                        .as("%d bytes aligned to %d", byteSize, byteAlignment)
                        .isThrownBy(() -> allocator.allocate(byteSize, byteAlignment));
            case UPSTREAM -> {
                allocator.free(allocator.allocate(byteSize, byteAlignment));
                assertThat(upstream.stats().allocations())
                        .as("requests upstream for %d bytes aligned to %d", byteSize, byteAlignment)
                        .isEqualTo(before + 1);
            }
        }
    }

    @Test
    void validate_mustAcceptWhatCanBeMadeAndTakeNoMemory() {
        accepted()
                .forEach(properties -> check(properties, (config, source, _) -> {
                    provider().validate(config);
                    assertThat(source.takes())
                            .as("chunks taken with %s", properties)
                            .isZero();
                }));
    }

    @Test
    void validate_mustRefuseWhatCannotBeMade() {
        refused()
                .forEach(properties -> check(properties, (config, _, _) -> {
                    String why = assertThatIllegalArgumentException()
                            .as("creating with %s", properties)
                            .isThrownBy(() -> provider().create(config).close())
                            .actual()
                            .getMessage();
                    assertThatIllegalArgumentException()
                            .as("validating %s", properties)
                            .isThrownBy(() -> provider().validate(config))
                            .withMessage(why);
                }));
    }
}
