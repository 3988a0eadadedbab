package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.LogOf;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.support.HousekeepingThread;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The passes of an allocator on the housekeeping thread. */
class PassesTest {

    /** A clock that throws is a part of a pass whose exception is not caught elsewhere. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustSayThatAPassFailedAndGoOn(boolean isError) throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        CountDownLatch failed = new CountDownLatch(1);
        InstantSource clock = () -> {
            if (fails.get()) {
                failed.countDown();
                if (isError) {
                    throw new AssertionError("a bug");
                }
                throw new IllegalStateException("a bug");
            }
            return Instant.now();
        };
        try (LogOf log = new LogOf(Passes.class);
                AdaptiveAllocator allocator = Adaptive.builder()
                        .adaptation(
                                often -> often.interval(Duration.ofMillis(1)).samples(0))
                        .clock(clock)
                        .build()) {
            fails.set(true);
            assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
            fails.set(false);
            CountDownLatch told = new CountDownLatch(1);
            allocator.addListener(event -> told.countDown());
            allocator.free(allocator.allocate(100_000, 8));

            assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(log.messages()).isNotEmpty().allMatch(message -> message.contains("a housekeeping pass failed"));
        }
    }

    /** The allocator is still open then: its pools are closed after its passes. */
    @Test
    void mustNotWarnOfAPassThatFailsAfterTheEnd() throws Exception {
        CountDownLatch inPass = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Thread test = Thread.currentThread();
        InstantSource clock = () -> {
            if (Thread.currentThread() == test) {
                return Instant.EPOCH;
            }
            inPass.countDown();
            assertThatCode(ended::await).doesNotThrowAnyException();
            throw new IllegalStateException("ended");
        };
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar.adaptive.housekeeping", "manual"));
        try (LogOf log = new LogOf(Passes.class);
                TieredAllocator allocator =
                        (TieredAllocator) TieredAllocator.create(config, AllocatorProviders.installed(), clock)) {
            Passes passes = new Passes(allocator, Duration.ofMillis(1));
            assertThat(inPass.await(10, TimeUnit.SECONDS)).isTrue();
            passes.close();
            ended.countDown();
            CountDownLatch after = new CountDownLatch(1);
            HousekeepingThread.runAfter(Duration.ZERO, after::countDown);
            assertThat(after.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(log.messages()).noneMatch(message -> message.contains("failed"));
        }
    }
}
