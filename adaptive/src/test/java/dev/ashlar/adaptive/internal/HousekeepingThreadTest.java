package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.LogOf;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The thread that all allocators share. */
class HousekeepingThreadTest {

    private static final InheritableThreadLocal<String> OF_A_REQUEST = new InheritableThreadLocal<>();

    @Test
    void mustKeepNothingOfTheThreadThatMadeTheFirstAllocator() throws Exception {
        Thread maker = Thread.currentThread();
        ClassLoader before = maker.getContextClassLoader();
        ScheduledThreadPoolExecutor executor = HousekeepingThread.thread();
        try (URLClassLoader application = new URLClassLoader(new URL[0])) {
            maker.setContextClassLoader(application);
            OF_A_REQUEST.set("request");
            executor.submit(() -> {
                        assertThat(Thread.currentThread().getContextClassLoader())
                                .isSameAs(ClassLoader.getSystemClassLoader());
                        assertThat(OF_A_REQUEST.get()).isNull();
                        assertThat(Thread.currentThread().isDaemon()).isTrue();
                    })
                    .get(10, TimeUnit.SECONDS);
        } finally {
            OF_A_REQUEST.remove();
            maker.setContextClassLoader(before);
            executor.shutdownNow();
        }
    }

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
        try (LogOf log = new LogOf(HousekeepingThread.class);
                AdaptiveAllocator allocator = Adaptive.builder()
                        .adaptation(
                                often -> often.interval(Duration.ofMillis(1)).sampling(Duration.ZERO))
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
}
