package dev.ashlar.verification.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What an application leaves behind in the JVM when it is gone: no thread and no class. The threads that it ran on live
 * on, as those of a server do.
 */
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // it waits for a thread that ends after 10 seconds
class UndeploymentTest {

    /** More than ten times as long as the thread for housekeeping waits for work. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void mustLeaveNoThreadAndNoClassBehind() throws Exception {
        Set<Thread> before = threads();
        try (ExecutorService server = Executors.newSingleThreadExecutor()) {
            WeakReference<ClassLoader> closed = deploy(server, true);
            WeakReference<ClassLoader> forgotten = deploy(server, false);
            List<AdaptiveAllocator> own = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                own.add(Adaptive.allocator());
            }
            assertThat(startedSince(before).stream()
                            .filter(thread -> thread.getName().contains("ashlar")))
                    .as("threads of two applications and this one")
                    .hasSizeBetween(1, 3)
                    .allMatch(Thread::isDaemon);
            own.forEach(AdaptiveAllocator::close);
            own.clear();

            awaitGone("the class loader of an application that closed its allocator", () -> closed.get() == null);
            awaitGone("the class loader of one that forgot it", () -> forgotten.get() == null);
            awaitGone(
                    "threads of Ashlar",
                    () -> startedSince(before).stream()
                            .noneMatch(thread -> thread.getName().contains("ashlar")));
        }
    }

    /** Starts an application on a thread of the server, ends it, and drops everything of it. */
    private static WeakReference<ClassLoader> deploy(ExecutorService server, boolean closes) throws Exception {
        return server.submit(() -> {
                    URLClassLoader loader =
                            new URLClassLoader("application", classPath(), ClassLoader.getPlatformClassLoader());
                    Thread.currentThread().setContextClassLoader(loader);
                    try {
                        Supplier<?> application = (Supplier<?>) loader.loadClass(DeployedApplication.class.getName())
                                .getConstructor()
                                .newInstance();
                        AutoCloseable running = (AutoCloseable) application.get();
                        assertThat(running).isNotInstanceOf(AdaptiveAllocator.class);
                        if (closes) {
                            running.close();
                        }
                        return new WeakReference<ClassLoader>(loader);
                    } finally {
                        Thread.currentThread().setContextClassLoader(null);
                        loader.close();
                    }
                })
                .get();
    }

    private static URL[] classPath() {
        return Arrays.stream(System.getProperty("java.class.path", "").split(File.pathSeparator, -1))
                .map(UndeploymentTest::url)
                .toArray(URL[]::new);
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new AssertionError(e);
        }
    }

    private static Set<Thread> threads() {
        return new HashSet<>(Thread.getAllStackTraces().keySet());
    }

    private static Set<Thread> startedSince(Set<Thread> before) {
        Set<Thread> now = threads();
        now.removeAll(before);
        return now;
    }

    private static void awaitGone(String what, Callable<Boolean> isGone) throws Exception {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!isGone.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            System.gc();
            Thread.sleep(100);
        }
    }
}
