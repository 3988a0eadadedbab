package dev.ashlar.benchmarks;

import dev.ashlar.api.Lease;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: acquire an object, change a field of it, release it, on the number of threads of the command line
 * ({@code -t}), all from one pool.
 */
@State(Scope.Benchmark)
public class PoolBenchmark extends AllocatorBenchmark {

    /** Ashlar's pool with every default. */
    @Benchmark
    public int lockFree(SharedPools.LockFree shared) {
        Thing thing = shared.pool.acquire();
        int uses = thing.use();
        shared.pool.release(thing);
        return uses;
    }

    /** Ashlar's pool with a bound on idle objects. */
    @Benchmark
    public int lockFreeBounded(SharedPools.LockFree shared) {
        Thing thing = shared.bounded.acquire();
        int uses = thing.use();
        shared.bounded.release(thing);
        return uses;
    }

    /** Ashlar's pool with every default, with a lease. */
    @Benchmark
    public int lockFreeLease(SharedPools.LockFree shared) {
        try (Lease<Thing> lease = shared.pool.lease()) {
            return lease.get().use();
        }
    }

    /** Stormpot's tap for all threads, which keeps an object for each thread. */
    @Benchmark
    public int stormpotThreadSafe(PoolPeers.Stormpot shared) throws InterruptedException {
        PoolPeers.StormpotThing thing = shared.threadSafe.claim(PoolPeers.Stormpot.FOREVER);
        int uses = thing.use();
        thing.release();
        return uses;
    }

    /** Stormpot's tap with a few stripes, for virtual threads. */
    @Benchmark
    public int stormpotVirtual(PoolPeers.Stormpot shared) throws InterruptedException {
        PoolPeers.StormpotThing thing = shared.virtualThreadSafe.claim(PoolPeers.Stormpot.FOREVER);
        int uses = thing.use();
        thing.release();
        return uses;
    }

    /** Stormpot's tap for a single thread; each thread has its own. */
    @Benchmark
    public int stormpotSingleThreaded(PoolPeers.StormpotTap own) throws InterruptedException {
        PoolPeers.StormpotThing thing = own.tap.claim(PoolPeers.Stormpot.FOREVER);
        int uses = thing.use();
        thing.release();
        return uses;
    }

    /** Commons Pool. */
    @Benchmark
    public int commons(PoolPeers.Commons shared) throws Exception {
        Thing thing = shared.pool.borrowObject();
        int uses = thing.use();
        shared.pool.returnObject(thing);
        return uses;
    }

    /** Netty's Recycler on Netty's own threads; on others it makes a new object each time. */
    @Benchmark
    @Fork(jvmArgsPrepend = {CUSTOM_THREADS, EVENT_LOOP_THREADS})
    public int nettyRecycler(PoolPeers.Netty shared) {
        PoolPeers.NettyThing thing = shared.recycler.get();
        int uses = thing.use();
        thing.release();
        return uses;
    }

    /** A stack with a lock. */
    @Benchmark
    public int mutex(SharedPools.Mutex shared) {
        Thing thing = shared.acquire();
        int uses = thing.use();
        shared.release(thing);
        return uses;
    }

    /** The JDK's lock-free queue. */
    @Benchmark
    public int concurrentQueue(SharedPools.Queue shared) {
        Thing thing = shared.acquire();
        int uses = thing.use();
        shared.release(thing);
        return uses;
    }
}
