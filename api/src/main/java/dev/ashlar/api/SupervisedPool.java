package dev.ashlar.api;

/**
 * A pool that can be looked after and looked into while it is in use. It is what providers make.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> the type of the objects
 */
public interface SupervisedPool<T> extends Pool<T> {

    /**
     * Discards objects that nobody needed for {@link PoolConfig#idleInterval()} by {@link PoolConfig#clock()}. They are
     * destroyed on the calling thread. Does nothing if the interval is zero, or not over since the last time.
     *
     * @apiNote Meant to be called by a scheduler, about once an interval. A pool may also do it on its own when it is
     *     used.
     * @return how many objects it discarded
     */
    int tidy();

    /**
     * Tells one more listener, beside that of {@link PoolConfig#listener()} and others. They are told in the order in
     * which they came, each also if another one throws; what the first throws is passed on.
     *
     * @param listener is told of each operation from now on. A listener that is given twice is told twice
     * @return ends this when it is closed; an operation that is under way may still tell the listener
     */
    Registration listen(PoolListener<? super T> listener);

    /**
     * Begins or ends to remember which objects are acquired. A pool that begins does not know those that are acquired
     * already. So it accepts, once each, every object that it does not know: one acquired before, and by mistake also
     * an object of another pool.
     *
     * @param tracking off, or by identity for debugging
     */
    void track(PoolConfig.Tracking tracking);
}
