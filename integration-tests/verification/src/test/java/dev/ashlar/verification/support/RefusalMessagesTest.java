package dev.ashlar.verification.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A refusal names its cause: the limit if that had no room, or the source if that had no memory. */
class RefusalMessagesTest {

    private static Allocator create(String strategy, AllocatorConfig config) {
        return AllocatorProviders.require(strategy).create(config);
    }

    /** Strategies whose first chunk can be as small as the block are not among them: they serve it. */
    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "adaptive"})
    void mustNameTheChunkThatDoesNotFitTheLimit(String strategy) {
        AllocatorConfig config =
                AllocatorConfig.builder().limitBytes(12_000).retainedBytes(0).build();
        try (Allocator allocator = create(strategy, config)) {
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> allocator.allocate(64, 8))
                    .withMessageMatching(
                            "Cannot allocate 64 bytes under the limit '" + strategy + "': they need a chunk"
                                    + " of \\d+ bytes, and the limit is 12000 bytes of memory taken from the source\\. Raise"
                                    + " the limit\\.")
                    .satisfies(refusal ->
                            assertThat(refusal.refusal().limitBytes()).isEqualTo(12_000));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "buddy", "adaptive", "arena"})
    void mustNotSpeakOfALimitThatIsNotSet(String strategy) {
        try (FaultySource source = new FaultySource();
                Allocator allocator = create(
                        strategy, AllocatorConfig.builder().source(source).build())) {
            allocator.allocate(64, 8);
            source.runDry();
            for (long byteSize : new long[] {100_000, 8 << 20, 1L << 40, Long.MAX_VALUE}) {
                AllocationException refusal =
                        catchThrowableOfType(AllocationException.class, () -> allocator.allocate(byteSize, 8));
                assertThat(refusal.getMessage())
                        .as(refusal.getMessage())
                        .doesNotContain("of 9223372036854775807 bytes are used")
                        .doesNotContain("raise the limit");
            }
            long[] batch = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE};
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> allocator.allocateAll(batch, 8))
                    .satisfies(refusal ->
                            assertThat(refusal.getMessage()).doesNotContain("-").doesNotContain("raise the limit"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "buddy", "adaptive", "arena"})
    void mustTellTheAlignmentThatNoSourceCanGive(String strategy) {
        try (Allocator allocator = create(strategy, AllocatorConfig.defaults())) {
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> allocator.allocate(8, 1L << 62))
                    .withMessageContaining("4611686018427387904");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "tlsf", "buddy", "adaptive", "arena"})
    void mustNotBlameTheSourceForTheLimit(String strategy) {
        AllocatorConfig config = AllocatorConfig.builder().limitBytes(1 << 20).build();
        try (Allocator allocator = create(strategy, config)) {
            while (allocator.tryAllocate(4_000, 8) != null) {
                // fills it
            }
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> allocator.allocate(4_000, 8))
                    .withMessageContaining(" of 1048576 bytes of memory taken from the source are used")
                    .satisfies(refusal ->
                            assertThat(refusal.refusal().limitBytes()).isEqualTo(1 << 20));
        }
    }
}
