package dev.ashlar.lockfree.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An open pool keeps only its idle objects alive. */
class PoolReachabilityTest {

    /**
     * The user's code in a pool, except the destroyer and the listener, which late releases still need.
     */
    public static final class UserCode implements Supplier<Object>, Consumer<Object>, Predicate<Object>, LongSupplier {

        @Override
        public Object get() {
            return new UserCode();
        }

        @Override
        public void accept(Object object) {}

        @Override
        public boolean test(Object object) {
            return true;
        }

        @Override
        public long getAsLong() {
            return System.nanoTime();
        }
    }

    /** Loads {@link UserCode} anew. */
    private static final class UserLoader extends ClassLoader {

        UserLoader() {
            super(PoolReachabilityTest.class.getClassLoader());
        }

        Object userCode() {
            String name = UserCode.class.getName();
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length)
                        .getConstructor()
                        .newInstance();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError(e.getMessage(), e);
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static PoolConfig<Object> configOf(Object userCode, int maxIdle, Duration idleInterval) {
        return PoolConfig.builder((Supplier<Object>) userCode)
                .reset((Consumer<Object>) userCode)
                .validator((Predicate<Object>) userCode)
                .clock((LongSupplier) userCode)
                .maxIdle(maxIdle)
                .idleInterval(idleInterval)
                .build();
    }

    private static void assertIsCollected(WeakReference<?> reference, String what) throws InterruptedException {
        for (int i = 0; i < 200 && reference.get() != null; i++) {
            System.gc();
            Thread.sleep(i / 10);
        }
        assertThat(reference.get()).as(what).isNull();
    }

    private static void use(LockFreePool<?> pool, int objects) {
        use(pool, objects, new ArrayList<>());
    }

    private static <T> void use(LockFreePool<T> pool, int objects, List<WeakReference<?>> used) {
        List<T> held = new ArrayList<>();
        for (int i = 0; i < objects; i++) {
            held.add(pool.acquire());
        }
        for (T object : held) {
            used.add(new WeakReference<>(object));
            pool.release(object);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Pool.UNBOUNDED, 100})
    void mustKeepNoEndedThreadAlive(int maxIdle) throws InterruptedException {
        LockFreePool<Object> pool = LockFreePool.create(
                PoolConfig.builder(Object::new).maxIdle(maxIdle).build(), 4);
        List<WeakReference<?>> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            threads.add(runAndEnd(pool));
        }
        for (WeakReference<?> thread : threads) {
            assertIsCollected(thread, "a thread that has ended");
        }
        assertThat(pool.stats().idle()).isEqualTo(7);
        pool.idle().checkInvariants();
    }

    /** The thread in whose cache some of them were discards nine of ten. */
    @ParameterizedTest
    @ValueSource(ints = {Pool.UNBOUNDED, 100})
    void mustKeepNoObjectAliveThatItDiscarded(int maxIdle) throws InterruptedException {
        LockFreePool<Object> pool = LockFreePool.create(
                PoolConfig.builder(Object::new).maxIdle(maxIdle).build(), 8);
        List<WeakReference<?>> objects = new ArrayList<>();
        use(pool, 10, objects);
        pool.setMaxIdle(1);
        for (int i = 0; i < 200 && alive(objects) > 1; i++) {
            System.gc();
            Thread.sleep(i / 10);
        }
        assertThat(alive(objects)).as("objects alive, of which one is idle").isEqualTo(1);
        assertThat(pool.stats().idle()).isEqualTo(1);
    }

    private static long alive(List<WeakReference<?>> objects) {
        return objects.stream().filter(object -> object.get() != null).count();
    }

    private static WeakReference<?> runAndEnd(LockFreePool<Object> pool) throws InterruptedException {
        Thread thread = new Thread(() -> use(pool, 7));
        thread.start();
        thread.join();
        return new WeakReference<>(thread);
    }

    @ParameterizedTest
    @ValueSource(ints = {Pool.UNBOUNDED, 100})
    void mustKeepNothingAliveOnceItIsClosed(int maxIdle) throws InterruptedException {
        List<WeakReference<?>> gone = new ArrayList<>();
        CountDownLatch used = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        LockFreePool<?> pool = closedPool(maxIdle, gone, used, end);
        for (WeakReference<?> reference : gone) {
            assertIsCollected(reference, "an object, thread or class loader");
        }
        end.countDown(); // until here threads that used the pool were alive
        assertThat(pool.stats().idle()).isZero();
    }

    private static LockFreePool<?> closedPool(
            int maxIdle, List<WeakReference<?>> gone, CountDownLatch used, CountDownLatch end)
            throws InterruptedException {
        UserLoader loader = new UserLoader();
        gone.add(new WeakReference<>(loader));
        LockFreePool<Object> pool = LockFreePool.create(configOf(loader.userCode(), maxIdle, Duration.ZERO), 4);
        List<WeakReference<?>> objects = new ArrayList<>();
        use(pool, 10, objects);
        gone.add(runAndEnd(pool));
        Runnable using = () -> {
            use(pool, 10);
            used.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        Thread.ofPlatform().daemon().start(using);
        Thread.startVirtualThread(using);
        used.await();
        pool.close();
        gone.addAll(objects);
        return pool;
    }

    @Test
    void mustKeepNoClockAliveOnceItIsClosed() throws InterruptedException {
        List<WeakReference<?>> gone = new ArrayList<>();
        LockFreePool<?> pool = closedPoolWithAnInterval(gone);
        assertIsCollected(gone.getFirst(), "the class loader of the clock");
        assertThat(pool.stats().idle()).isZero();
    }

    private static LockFreePool<?> closedPoolWithAnInterval(List<WeakReference<?>> gone) {
        UserLoader loader = new UserLoader();
        gone.add(new WeakReference<>(loader));
        LockFreePool<Object> pool =
                LockFreePool.create(configOf(loader.userCode(), Pool.UNBOUNDED, Duration.ofDays(1)), 4);
        use(pool, 3);
        pool.close();
        return pool;
    }
}
