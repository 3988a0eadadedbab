package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

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
}
