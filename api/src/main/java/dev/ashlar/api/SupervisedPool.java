package dev.ashlar.api;

/**
 * A pool that can be looked after and looked into while it is in use.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> the type of the objects
 */
public interface SupervisedPool<T> extends Pool<T> {

    /**
     * Lets go of objects that nobody needed for {@link PoolConfig#idleInterval()} by {@link PoolConfig#clock()}. They are
     * destroyed on the calling thread. Does nothing if the interval is zero, or not over since the last time.
     *
     * @apiNote Meant to be called by a scheduler, about once an interval. A pool may also do it on its own when it is used.
     * @return how many objects it let go of
     */
    int tidy();

    /**
     * Replaces the listener. Operations that are under way may still tell the one before.
     *
     * @param listener is told of each operation from now on; {@link PoolListener#none()} for nobody
     */
    void listen(PoolListener<? super T> listener);

    /**
     * Begins or ends to remember which objects are acquired. Objects that were acquired before it began are taken back once
     * without a look, and so is, for that reason, an object of another pool.
     *
     * @param tracking off, or by identity for debugging
     */
    void track(PoolConfig.Tracking tracking);
}
