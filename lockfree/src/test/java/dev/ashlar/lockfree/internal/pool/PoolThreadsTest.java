package dev.ashlar.lockfree.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.testkit.TestLength;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads that start and end: others can use what they cached, and it has a fixed bound. */
class PoolThreadsTest {

    private final AtomicInteger made = new AtomicInteger();
    private final LockFreePool<Integer> pool = LockFreePool.create(PoolConfig.of(made::incrementAndGet), Cache.MOST);

    private void useFive() {
        List<Integer> held = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            held.add(pool.acquire());
        }
        held.forEach(pool::release);
    }

    @Test
    void mustStrandNothingWithThousandsOfThreadsOneAfterAnother() throws InterruptedException {
        for (int i = 0; i < TestLength.of(3_000, 10_000); i++) {
            Thread thread = Thread.ofPlatform().start(this::useFive);
            thread.join();
        }
        assertThat(made).as("objects made").hasValue(5);
        assertThat(pool.idle().cacheCount()).as("caches").isLessThanOrEqualTo(4);
        pool.idle().checkInvariants();
    }

    /**
     * A thread that registers is stopped before it has adopted the caches that it removed from the table.
     */
    @Test
    void mustFindWhatAnEndedThreadCachedThoughItsCacheWasRemoved() throws InterruptedException {
        Thread.ofPlatform().start(this::useFive).join();
        assertThat(pool.idle().threads().tryRegister()).isNotNull();
        assertThat(pool.idle().cacheCount()).as("caches in the table").isEqualTo(1);
        useFive();
        assertThat(made).as("objects made").hasValue(5);
        pool.idle().checkInvariants();
    }

    @Test
    void mustStrandNothingWithManyThreadsAtOnce() throws InterruptedException {
        for (int wave = 0; wave < TestLength.of(5, 20); wave++) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                threads.add(Thread.ofPlatform().start(this::useFive));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        int before = made.get();
        List<Integer> held = new ArrayList<>();
        for (int i = 0; i < before; i++) {
            held.add(pool.acquire());
        }
        assertThat(made).as("objects made, to acquire as many as there were").hasValue(before);
        held.forEach(pool::release);
        assertThat(pool.idle().cacheCount())
                .as("caches, for at most 500 threads at once")
                .isLessThanOrEqualTo(600);
        pool.idle().checkInvariants();
    }

    /** A hundred at a time, so the live objects are bounded. Each has objects of its own for a short time. */
    private void useByVirtualThreads(int count) throws InterruptedException {
        Semaphore atOnce = new Semaphore(100);
        for (int i = 0; i < count; i++) {
            atOnce.acquire();
            Thread.startVirtualThread(() -> {
                try {
                    pool.release(pool.acquire());
                } finally {
                    atOnce.release();
                }
            });
        }
        atOnce.acquire(100);
    }

    @Test
    void mustKeepWhatAMillionVirtualThreadsNeedWithinABound() throws InterruptedException {
        int before = 1_000;
        useByVirtualThreads(before); // so that the JDK's own objects exist already
        long bytesBefore = bytesInUse();
        int count = TestLength.of(100_000, 1_000_000);
        useByVirtualThreads(count);
        assertThat(bytesInUse() - bytesBefore)
                .as("bytes more in use than before")
                .isLessThan(2 << 20);
        assertThat(made.get()).as("objects made for 100 at once").isLessThanOrEqualTo(100);
        assertThat(pool.stats().retrieved()).isEqualTo(before + count);
        assertThat(pool.stats().live()).isZero();
        mustHaveAsManyCachesAsProcessors();
    }

    @Test
    void mustKeepNothingForVirtualThreadsThatLiveOn() throws InterruptedException {
        int count = TestLength.of(10_000, 100_000);
        CountDownLatch used = new CountDownLatch(count);
        CountDownLatch end = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                useFive();
                used.countDown();
                awaitUninterrupted(end);
            }));
        }
        used.await();
        mustHaveAsManyCachesAsProcessors();
        assertThat(pool.stats().idle())
                .as("objects, for %d threads that have used 5 each", count)
                .isLessThan(count);
        end.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void mustHaveAsManyCachesAsProcessors() {
        assertThat(pool.idle().cacheCount())
                .as("caches")
                .isLessThanOrEqualTo(2 * Runtime.getRuntime().availableProcessors() + 1);
        pool.idle().checkInvariants();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static long bytesInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
