package dev.ashlar.verification.kit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract can fail: each way to break a rule is seen by the tests of that rule. That the same tests pass without the
 * fault is what {@link HonestAllocatorTest}, {@link CapableAllocatorTest} and {@link HonestArenaTest} show.
 */
class KitCanFailTest {

    private static Fault fault;

    /** Made anew by JUnit for each test, which is why the fault is static. */
    static final class Specimen extends AllocatorContract {
        @Override
        protected Allocator create(AllocatorConfig config) {
            return fault.broken().apply(config);
        }

        @Override
        protected ContractLimits limits() {
            return fault.limits();
        }
    }

    /** A test that waits for a thread which will never come needs no patience here. */
    @BeforeAll
    static void losePatience() {
        System.setProperty("ashlar.patience", "2");
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

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void mustSeeAnAllocatorThat(Fault broken) {
        fault = broken;
        Map<String, Throwable> failures = Contracts.run(Specimen.class, broken.caughtBy());
        assertThat(failures.keySet()).as("tests that saw it").containsExactlyInAnyOrderElementsOf(broken.caughtBy());
    }
}
