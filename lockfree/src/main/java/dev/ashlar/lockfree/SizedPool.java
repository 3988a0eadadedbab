package dev.ashlar.lockfree;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.support.Closing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * One pool for each power of two of a range of sizes. A request is served from the smallest pool with large enough
 * objects, so an object is less than twice as large as requested.
 *
 * <p>Safe for use by many threads, as its pools are. Each operation calls one pool, which is found without a search,
 * and throws what that pool throws.
 *
 * @param <T> the type of the objects, whose size does not change
 */
public final class SizedPool<T> implements AutoCloseable {

    private final int smallest;
    private final int largest;
    private final ToIntFunction<? super T> sizeOf;
    private final List<SupervisedPool<T>> pools = new ArrayList<>();

    /**
     * Pools for a range of sizes.
     *
     * @param smallest the smallest size, a power of two
     * @param largest the largest size, a power of two, at least the smallest
     * @param sizeOf returns the size of an object
     * @param configOf returns the configuration of the pool of a size; its factory makes objects of exactly that size
     * @throws IllegalArgumentException if a size is no power of two, or the largest is less than the smallest
     */
    public SizedPool(int smallest, int largest, ToIntFunction<? super T> sizeOf, IntFunction<PoolConfig<T>> configOf) {
        requirePowerOfTwo("smallest", smallest);
        requirePowerOfTwo("largest", largest);
        if (largest < smallest) {
            throw new IllegalArgumentException(
                    "largest is " + largest + ", must be at least the smallest, which is " + smallest);
        }
        this.smallest = smallest;
        this.largest = largest;
        this.sizeOf = sizeOf;
        try {
            for (long size = smallest; size <= largest; size *= 2) {
                pools.add(LockFreePools.create(configOf.apply((int) size)));
            }
        } catch (RuntimeException | Error e) { // the initial objects of the smaller pools are destroyed
            Closing.after(e, this::close);
            throw e;
        }
    }

    private static void requirePowerOfTwo(String name, int size) {
        if (Integer.bitCount(size) != 1 || size < 0) {
            throw new IllegalArgumentException(name + " is " + size + ", must be a power of two from 1 to 2^30");
        }
    }

    /**
     * Takes an object.
     *
     * @param size the least size of the object, 0 to the largest
     * @return an object that is the caller's until {@link #release}
     * @throws IllegalArgumentException if the size is out of range
     * @throws dev.ashlar.api.PoolExhaustedException if the pool of the size has a bound on live objects, and it is
     *     reached
     * @throws IllegalStateException if the pools are closed
     */
    public T acquire(int size) {
        return poolFor(size).acquire();
    }

    /**
     * Takes an object for a block of code.
     *
     * @param size the least size of the object, 0 to the largest
     * @return a lease on an object
     * @throws IllegalArgumentException if the size is out of range
     * @throws dev.ashlar.api.PoolExhaustedException if the pool of the size has a bound on live objects, and it is
     *     reached
     * @throws IllegalStateException if the pools are closed
     */
    public Lease<T> lease(int size) {
        return poolFor(size).lease();
    }

    /**
     * Takes an object for a block of code, as {@link Pool#tryLease} does.
     *
     * @param size the least size of the object, 0 to the largest
     * @return a lease on an object, or null if the pool of the size has a bound on live objects, and it is reached
     * @throws IllegalArgumentException if the size is out of range
     * @throws IllegalStateException if the pools are closed
     */
    public @Nullable Lease<T> tryLease(int size) {
        return poolFor(size).tryLease();
    }

    /**
     * Takes an object for a block of code, waiting for one as {@link Pool#lease(Duration)} does.
     *
     * @param size the least size of the object, 0 to the largest
     * @param timeout how long to wait at most; zero or less does not wait
     * @return a lease on an object
     * @throws IllegalArgumentException if the size is out of range
     * @throws dev.ashlar.api.PoolExhaustedException if the pool of the size has a bound on live objects, and none
     *     became free in time
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException if the pools are closed, also while waiting
     */
    public Lease<T> lease(int size, Duration timeout) throws InterruptedException {
        return poolFor(size).lease(timeout);
    }

    /**
     * Returns an object to the pool of its size.
     *
     * @param object an object acquired from here
     * @throws InvalidReleaseException if no pool has objects of its size, or if that pool tracks its objects and this
     *     one is not acquired; then nothing changes
     */
    public void release(T object) {
        int size = sizeOf.applyAsInt(object);
        if (Integer.bitCount(size) != 1 || size < smallest || size > largest) {
            throw new InvalidReleaseException(
                    "The object is of size " + size + ", and this pool has powers of two from " + smallest + " to "
                            + largest + ". Release an object as it was acquired.");
        }
        pools.get(indexOf(size)).release(object);
    }

    private Pool<T> poolFor(int size) {
        if (size < 0 || size > largest) {
            throw new IllegalArgumentException("size is " + size + ", must be 0 to " + largest
                    + ". Make larger objects yourself, or a pool with larger ones.");
        }
        return pools.get(indexOf(Math.max(size, smallest)));
    }

    /** The index of the smallest power of two that is large enough. */
    private int indexOf(int size) {
        return Integer.numberOfLeadingZeros(smallest - 1) - Integer.numberOfLeadingZeros(size - 1);
    }

    /** The pools from the smallest size to the largest, to resize, watch or trim them one by one. */
    public List<SupervisedPool<T>> pools() {
        return List.copyOf(pools);
    }

    /** The sum of the figures of all sizes, in objects. */
    public PoolStats stats() {
        return pools.stream().map(Pool::stats).reduce(PoolStats.ZERO, SizedPool::sum);
    }

    private static PoolStats sum(PoolStats a, PoolStats b) {
        return new PoolStats(
                a.idle() + b.idle(),
                a.live() + b.live(),
                a.created() + b.created(),
                a.retrieved() + b.retrieved(),
                a.returned() + b.returned(),
                a.discarded() + b.discarded(),
                a.misses() + b.misses());
    }

    /** Closes all pools as {@link Pool#close()} does, also those after one that throws an {@code Error}. */
    @Override
    public void close() {
        Closing.each(pools, Pool::close);
    }
}
