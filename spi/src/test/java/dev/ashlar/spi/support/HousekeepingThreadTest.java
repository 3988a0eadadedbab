package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HousekeepingThreadTest {

    private static final InheritableThreadLocal<String> OF_A_REQUEST = new InheritableThreadLocal<>();

    @Test
    void mustKeepNothingOfTheThreadThatGaveItTheFirstTask() throws Exception {
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

    @Test
    void mustRunATaskAgainThatThrew() throws Exception {
        CountDownLatch runs = new CountDownLatch(3);
        ScheduledFuture<?> repeated = HousekeepingThread.repeat(Duration.ofMillis(1), () -> {
            runs.countDown();
            if (runs.getCount() == 1) {
                throw new AssertionError("a bug");
            }
            throw new IllegalStateException("a bug");
        });
        try {
            assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            repeated.cancel(false);
        }
    }

    @Test
    void mustWaitAsLongAsItCanForALongerTime() {
        Duration never = Duration.ofSeconds(Long.MAX_VALUE);
        for (ScheduledFuture<?> task :
                List.of(HousekeepingThread.repeat(never, () -> {}), HousekeepingThread.schedule(never, () -> {}))) {
            assertThat(task.getDelay(TimeUnit.DAYS)).isGreaterThan(100 * 365L);
            task.cancel(false);
        }
    }

    @Test
    void mustRunATaskAfterADelay() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);

        HousekeepingThread.runAfter(Duration.ofMillis(1), ran::countDown);

        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    }
}
