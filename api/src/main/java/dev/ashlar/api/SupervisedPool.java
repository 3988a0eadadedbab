package dev.ashlar.api;

/**
 * A pool that can be trimmed and observed while it is in use. Providers make pools of this type.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> the type of the objects
 */
public interface SupervisedPool<T> extends Pool<T> {

    /**
     * Discards objects that were idle for {@link PoolConfig#idleInterval()} by {@link PoolConfig#clock()}. They are
     * destroyed on the calling thread. Does nothing if the interval is zero, or has not passed since the last call.
     *
     * @apiNote A scheduler should call this about once an interval. A pool may also do it itself when it is used.
     * @return how many objects it discarded
     */
    int tidy();

    /**
     * Adds a listener to that of {@link PoolConfig#listener()} and to others. Listeners are called in the order of
     * their registration, also if one of them throws. The first exception is passed on.
     *
     * @param listener is called for each operation from now on. A listener that is added twice is called twice
     * @return removes the listener when it is closed; an operation that has begun may still call it
     */
    Registration listen(PoolListener<? super T> listener);

    /**
     * Starts or stops remembering which objects are acquired. A pool that starts does not know the objects that are
     * already acquired. So it accepts each unknown object once: an object acquired before, and by mistake also an
     * object of another pool.
     *
     * @param tracking off, or by identity for debugging
     */
    void track(PoolConfig.Tracking tracking);
}
