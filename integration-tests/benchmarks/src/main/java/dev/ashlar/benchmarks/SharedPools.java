package dev.ashlar.benchmarks;

import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.lockfree.LockFreePools;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Pools without dependencies: Ashlar's, and the simplest pools that a program can make itself. All threads of a
 * benchmark share each.
 */
public final class SharedPools {

    private SharedPools() {}

    /** Ashlar's pools, one with every default and one with a bound on idle objects. */
    @State(Scope.Benchmark)
    public static class LockFree {

        final Pool<Thing> pool = LockFreePools.create(PoolConfig.of(Thing::new));
        final Pool<Thing> bounded = LockFreePools.create(
                PoolConfig.builder(Thing::new).maxIdle(PoolPeers.SIZE).build());
    }

    /** A stack guarded by a lock. */
    @State(Scope.Benchmark)
    public static class Mutex {

        private final ArrayDeque<Thing> idle = new ArrayDeque<>();

        synchronized Thing acquire() {
            Thing thing = idle.pollLast();
            return thing == null ? new Thing() : thing;
        }

        synchronized void release(Thing thing) {
            idle.addLast(thing);
        }
    }

    /** The JDK's lock-free queue. */
    @State(Scope.Benchmark)
    public static class Queue {

        private final ConcurrentLinkedQueue<Thing> idle = new ConcurrentLinkedQueue<>();

        Thing acquire() {
            Thing thing = idle.poll();
            return thing == null ? new Thing() : thing;
        }

        void release(Thing thing) {
            idle.add(thing);
        }
    }
}
