package dev.ashlar.verification.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.TestLength;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MstressTest {

    private static final int THREADS = 8;

    @ParameterizedTest
    @MethodSource("dev.ashlar.verification.workload.Strategies#freeingSingleBlocks")
    void blocksThatMoveBetweenThreadsMustKeepTheirContentsAndComeBack(String strategy)
            throws InterruptedException, ExecutionException {
        try (Allocator allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults())) {
            new Mstress(allocator, THREADS, TestLength.of(25, 50)).run(TestLength.of(5, 100));
            allocator.trim();
            AllocatorStats stats = allocator.stats();
            assertThat(stats.liveBlocks()).isZero();
            assertThat(stats.requestedBytes()).isZero();
            assertThat(stats.committedBytes()).isZero();
            assertThat(stats.invalidFrees()).isZero();
        }
    }
}
