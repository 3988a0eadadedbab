package dev.ashlar.benchmarks;

import io.netty.util.Recycler;
import java.util.concurrent.TimeUnit;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import stormpot.Allocator;
import stormpot.Expiration;
import stormpot.Pool;
import stormpot.PoolTap;
import stormpot.Poolable;
import stormpot.Slot;
import stormpot.Timeout;

/** Pools of other libraries, configured for speed. All threads of a benchmark share each. */
public final class PoolPeers {

    /** The most objects of a pool: more than there are threads. */
    static final int SIZE = 64;

    private PoolPeers() {}

    /** An object that refers to its slot, as Stormpot requires. */
    static final class StormpotThing extends Thing implements Poolable {

        private final Slot slot;

        StormpotThing(Slot slot) {
            this.slot = slot;
        }

        @Override
        public void release() {
            slot.release(this);
        }
    }

    /** Stormpot with objects that never expire, so it need not read the clock. */
    @State(Scope.Benchmark)
    public static class Stormpot {

        static final Timeout FOREVER = new Timeout(1, TimeUnit.HOURS);

        final Pool<StormpotThing> pool = Pool.from(new Allocator<StormpotThing>() {
                    @Override
                    public StormpotThing allocate(Slot slot) {
                        return new StormpotThing(slot);
                    }

                    @Override
                    public void deallocate(StormpotThing thing) {}
                })
                .setSize(SIZE)
                .setExpiration(Expiration.never())
                .setBackgroundExpirationEnabled(false)
                .setPreciseLeakDetectionEnabled(false)
                .build();

        final PoolTap<StormpotThing> threadSafe = pool.getThreadSafeTap();
        final PoolTap<StormpotThing> virtualThreadSafe = pool.getVirtualThreadSafeTap();

        /** Ends its threads. */
        @TearDown
        public void shutdown() throws InterruptedException {
            pool.shutdown().await(FOREVER);
        }
    }

    /** Stormpot's tap for a single thread; each thread has its own. It needs no thread lookup. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls open first
    public static class StormpotTap {

        PoolTap<StormpotThing> tap;

        /** Makes the tap. */
        @Setup
        public void open(Stormpot shared) {
            tap = shared.pool.getSingleThreadedTap();
        }
    }

    /** Commons Pool with room for every thread. */
    @State(Scope.Benchmark)
    public static class Commons {

        final GenericObjectPool<Thing> pool = new GenericObjectPool<>(
                new BasePooledObjectFactory<>() {
                    @Override
                    public Thing create() {
                        return new Thing();
                    }

                    @Override
                    public PooledObject<Thing> wrap(Thing thing) {
                        return new DefaultPooledObject<>(thing);
                    }
                },
                config());

        private static GenericObjectPoolConfig<Thing> config() {
            GenericObjectPoolConfig<Thing> config = new GenericObjectPoolConfig<>();
            config.setMaxTotal(SIZE);
            config.setMaxIdle(SIZE);
            config.setJmxEnabled(false);
            return config;
        }
    }

    /** An object that refers to its handle, as Netty requires. */
    static final class NettyThing extends Thing {

        private final Recycler.Handle<NettyThing> handle;

        NettyThing(Recycler.Handle<NettyThing> handle) {
            this.handle = handle;
        }

        void release() {
            handle.recycle(this);
        }
    }

    /** Netty's pools, one for each thread. */
    @State(Scope.Benchmark)
    public static class Netty {

        final Recycler<NettyThing> recycler = new Recycler<>() {
            @Override
            protected NettyThing newObject(Handle<NettyThing> handle) {
                return new NettyThing(handle);
            }
        };
    }
}
