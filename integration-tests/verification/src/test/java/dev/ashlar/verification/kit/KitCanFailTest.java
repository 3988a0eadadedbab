package dev.ashlar.verification.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract can fail: the tests of a rule find each way to break it. {@link HonestAllocatorTest}, {@link
 * CapableAllocatorTest}, {@link HonestArenaTest}, {@link HonestMemoryTest} and {@link HonestPoolTest} show that the
 * same tests pass without the fault.
 */
class KitCanFailTest {

    /** A test that waits for a thread that never comes should fail soon. */
    @BeforeAll
    static void losePatience() {
        System.setProperty("ashlar.patience", "1");
    }

    @AfterAll
    static void regainPatience() {
        System.clearProperty("ashlar.patience");
    }

    static Stream<Fault> faults() {
        return Stream.of(
                        BrokenBlocks.faults(),
                        BrokenFrees.faults(),
                        BrokenLimits.faults(),
                        BrokenClosing.faults(),
                        BrokenStatistics.faults(),
                        BrokenCapabilities.faults())
                .flatMap(faults -> faults);
    }

    static Stream<PoolFault> poolFaults() {
        return Stream.concat(MisconfiguredPools.faults(), BrokenPools.faults());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void mustSeeAnAllocatorThat(Fault broken) {
        AllocatorSpecimen.fault = broken;
        assertSeen(AllocatorSpecimen.class, broken.caughtBy());
    }

    static Stream<Fault> memoryFaults() {
        return BrokenMemory.faults();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("memoryFaults")
    void mustSeeAnAllocatorWithTooMuchMemoryThat(Fault broken) {
        MemorySpecimen.fault = broken;
        assertSeen(MemorySpecimen.class, broken.caughtBy());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("poolFaults")
    void mustSeeAPoolThat(PoolFault broken) {
        PoolSpecimen.fault = broken;
        assertSeen(PoolSpecimen.class, broken.caughtBy());
    }

    static Stream<BrokenProvider.Fault> providerFaults() {
        return BrokenProvider.faults();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("providerFaults")
    void mustSeeAProviderThat(BrokenProvider.Fault fault) {
        BrokenProvider.Specimen.provider = fault.broken();
        assertSeen(BrokenProvider.Specimen.class, List.of(fault.caughtBy()));
    }

    private static void assertSeen(Class<?> specimen, List<String> caughtBy) {
        assertThat(Contracts.run(specimen, caughtBy).keySet())
                .as("tests that saw it")
                .containsExactlyInAnyOrderElementsOf(caughtBy);
    }
}
