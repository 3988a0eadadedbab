package dev.ashlar.benchmarks.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ashlar.benchmarks.suite.FaultyAllocator.Fault;
import dev.ashlar.benchmarks.suite.SuiteAllocators.Api;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every workload on every allocator, with all blocks checked; and that the check finds what an allocator does wrong.
 */
class WorkloadsTest {

    private static final long SEED = 7;

    static Stream<String> workloads() {
        return Workloads.names().stream();
    }

    static Stream<Arguments> workloadsOnAllocators() {
        return Stream.of("slab", "adaptive") // which has tlsf for its larger blocks
                .flatMap(allocator -> workloads().map(workload -> Arguments.of(allocator, workload)));
    }

    @ParameterizedTest
    @MethodSource("workloadsOnAllocators")
    void mustLeaveEveryBlockAsItWasWritten(String allocator, String workload) throws InterruptedException {
        run(allocator, Api.ADDRESS, workload, 2);
        run(allocator, Api.ADDRESS, workload, 8);
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void mustRunWithSegments(String workload) throws InterruptedException {
        run("slab", Api.SEGMENT, workload, 2);
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void mustRunWithoutAnAllocator(String workload) throws InterruptedException {
        try (RawAllocator none = new RawVoid()) {
            assertThat(suiteRun(workload, find(workload), "void", Api.ADDRESS, threads(workload, 2), false)
                            .measure(none))
                    .containsEntry("peakCommitted", null)
                    .containsEntry("checked", false);
        }
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void mustPassOnAPlainAllocator(String workload) throws InterruptedException {
        try (RawAllocator plain = new FaultyAllocator(Fault.NONE)) {
            checked(workload).measure(plain);
        }
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void mustFindOverlappingBlocks(String workload) {
        try (RawAllocator overlapping = new FaultyAllocator(Fault.OVERLAP)) {
            assertThatThrownBy(() -> runOften(workload, overlapping))
                    .isInstanceOf(CheckFailure.class)
                    .hasMessageMatching(workload + " on .*: .*, step \\d+, seed 7: .* overlaps .*");
        }
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void mustFindALostByte(String workload) {
        try (RawAllocator losing = new FaultyAllocator(Fault.LOST_BYTE)) {
            assertThatThrownBy(() -> runOften(workload, losing))
                    .isInstanceOf(CheckFailure.class)
                    .hasMessageMatching(workload + " on .*: .*, step \\d+, seed 7: .*(was written|has changed\\.)");
        }
    }

    @ParameterizedTest
    @MethodSource("workloads")
    void mustFindTheAddressZero(String workload) {
        try (RawAllocator refusing = new FaultyAllocator(Fault.NULL)) {
            assertThatThrownBy(() -> runOften(workload, refusing))
                    .isInstanceOf(CheckFailure.class)
                    .hasMessageMatching(workload + " on .*: .*, step \\d+, seed 7: .* with the address 0");
        }
    }

    /** The scheduler decides whether two threads have blocks at once in a short run. */
    private static void runOften(String workload, RawAllocator faulty) throws InterruptedException {
        for (int run = 0; run < 100; run++) {
            checked(workload).measure(faulty);
        }
    }

    private static SuiteRun checked(String workload) {
        return suiteRun(workload, find(workload), "faulty", Api.ADDRESS, threads(workload, 4), true);
    }

    private static void run(String allocator, Api api, String workload, int threads) throws InterruptedException {
        RawAllocator opened;
        try {
            opened = SuiteAllocators.open(allocator, api);
        } catch (RuntimeException | LinkageError e) {
            assumeThat(e).as("a C library that is not installed").isNull();
            return;
        }
        try (opened) {
            Map<String, @Nullable Object> result = suiteRun(
                            workload, find(workload), allocator, api, threads(workload, threads), true)
                    .measure(opened);
            assertThat((Long) result.get("operations")).isPositive();
        }
    }

    private static SuiteRun suiteRun(
            String name, Workload workload, String allocator, Api api, int threads, boolean isChecked) {
        return new SuiteRun(name, workload, allocator, api, threads, 0, 1, isChecked, SEED);
    }

    private static Workload find(String name) {
        return Objects.requireNonNull(Workloads.find(name, Length.TEST));
    }

    private static int threads(String workload, int threads) {
        return Math.min(threads, find(workload).mostThreads());
    }
}
