package dev.ashlar.testkit;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PooledObject.PlannedFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A pool under test, with every object that its factory made. An object that is acquired and released through this
 * checks itself.
 */
final class PoolUnderTest implements AutoCloseable {

    /** Code of the user, which a pool calls. */
    enum UserCode {
        FACTORY,
        RESET,
        VALIDATOR,
        DESTROYER,
        LISTENER
    }

    /** Makes the pool under test. */
    interface Factory {
        SupervisedPool<PooledObject> create(PoolConfig<PooledObject> config);
    }

    private final Queue<PooledObject> made = new ConcurrentLinkedQueue<>();
    private final AtomicLong acquired = new AtomicLong();
    private final AtomicReference<@Nullable Hold> holdInFactory = new AtomicReference<>();
    private final AtomicReference<@Nullable Hold> holdInReset = new AtomicReference<>();
    private final AtomicReference<@Nullable Hold> holdInDestroyer = new AtomicReference<>();
    private volatile boolean factoryFails;
    private volatile @Nullable UserCode failing;
    private final AtomicLong callsUntilFailure = new AtomicLong();
    private final SupervisedPool<PooledObject> pool;

    PoolUnderTest(Factory factory, UnaryOperator<PoolConfig.Builder<PooledObject>> configuration) {
        this.pool = factory.create(configuration
                .apply(PoolConfig.builder(this::make)
                        .reset(this::reset)
                        .validator(this::isValid)
                        .destroyer(this::destroy))
                .build());
    }

    private PooledObject make() {
        enter(holdInFactory);
        if (factoryFails) {
            throw new PlannedFailure("factory");
        }
        failIfPlanned(UserCode.FACTORY);
        PooledObject object = new PooledObject(made.size());
        made.add(object);
        return object;
    }

    private void reset(PooledObject object) {
        enter(holdInReset);
        failIfPlanned(UserCode.RESET);
        object.reset();
    }

    private boolean isValid(PooledObject object) {
        failIfPlanned(UserCode.VALIDATOR);
        return object.isValid();
    }

    private void destroy(PooledObject object) {
        enter(holdInDestroyer);
        object.destroy();
        failIfPlanned(UserCode.DESTROYER);
    }

    private void failIfPlanned(UserCode called) {
        if (called == failing && callsUntilFailure.decrementAndGet() == 0) {
            throw new PlannedFailure(called.toString());
        }
    }

    /**
     * Lets one call fail.
     *
     * @param of which code
     * @param nth 1 for its next call, 2 for the one after, and so on
     */
    void failCall(UserCode of, long nth) {
        failing = of;
        callsUntilFailure.set(nth);
        if (of == UserCode.LISTENER) {
            Registration _ = pool.listen((_, _) -> failIfPlanned(UserCode.LISTENER));
        }
    }

    /** Whether the planned call was made and failed. */
    boolean hasFailed() {
        return callsUntilFailure.get() <= 0;
    }

    private static void enter(AtomicReference<@Nullable Hold> place) {
        Hold hold = place.getAndSet(null);
        if (hold != null) {
            hold.enter();
        }
    }

    /** Stops the next thread that makes an object. */
    Hold holdInFactory() {
        return next(holdInFactory);
    }

    /** Stops the next thread that resets an object. */
    Hold holdInReset() {
        return next(holdInReset);
    }

    /** Stops the next thread that destroys an object. */
    Hold holdInDestroyer() {
        return next(holdInDestroyer);
    }

    private static Hold next(AtomicReference<@Nullable Hold> place) {
        Hold hold = new Hold();
        place.set(hold);
        return hold;
    }

    void failFactory(boolean fails) {
        factoryFails = fails;
    }

    SupervisedPool<PooledObject> pool() {
        return pool;
    }

    PooledObject acquire() {
        return held(pool.acquire());
    }

    PooledObject acquire(Duration timeout) throws InterruptedException {
        return held(pool.acquire(timeout));
    }

    @Nullable PooledObject tryAcquire() {
        PooledObject object = pool.tryAcquire();
        return object == null ? null : held(object);
    }

    private PooledObject held(PooledObject object) {
        acquired.incrementAndGet();
        return object.hold();
    }

    List<PooledObject> acquireMany(int count) {
        List<PooledObject> objects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            objects.add(acquire());
        }
        return objects;
    }

    void release(PooledObject object) {
        pool.release(object.letGo());
    }

    void releaseMany(List<PooledObject> objects) {
        objects.forEach(this::release);
    }

    /** Objects that the factory made. */
    List<PooledObject> made() {
        return List.copyOf(made);
    }

    /** Acquires that succeeded. */
    long acquired() {
        return acquired.get();
    }

    /** Objects that were destroyed; fails if one was destroyed twice. */
    long destroyed() {
        for (PooledObject object : made) {
            if (object.destructions() > 1) {
                throw new AssertionError(object + " was destroyed " + object.destructions() + " times");
            }
        }
        return made.stream().filter(object -> object.destructions() == 1).count();
    }

    @Override
    public void close() {
        pool.close();
    }
}
