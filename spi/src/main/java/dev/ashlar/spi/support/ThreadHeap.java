package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What one thread allocates from, or, as a {@linkplain Stripes stripe}, whoever has locked it. Strategies derive theirs from
 * it, with what it caches.
 *
 * <p>Not synchronized, but for the lock, and for {@link #wantFlush}, which is for any thread.
 */
public abstract class ThreadHeap extends BlockCounters {

    private static final VarHandle BUSY;

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(ThreadHeap.class, "busy", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The thread it belongs to, or null for a stripe. */
    public final @Nullable Thread thread;

    /** Somebody else wants memory: give up what is cached at the next chance. */
    private volatile boolean flushWanted;

    /** A stripe's lock. */
    private volatile boolean busy;

    /**
     * A heap that has counted nothing.
     *
     * @param thread the thread it belongs to, or null for a stripe
     */
    protected ThreadHeap(@Nullable Thread thread) {
        this.thread = thread;
    }

    /** The id of the thread it belongs to, or -1 for a stripe. */
    public final long threadId() {
        return thread == null ? -1 : thread.threadId();
    }

    /** Whether it belongs to a thread that has not ended. */
    public final boolean isOfLiveThread() {
        return thread != null && thread.isAlive();
    }

    /** Locks a stripe if it is free; never waits. Wait-free. */
    public final boolean tryLock() {
        return !busy && BUSY.compareAndSet(this, false, true);
    }

    /** Unlocks a stripe that the caller has locked. */
    public final void unlock() {
        busy = false;
    }

    /** Gives up what it caches without need. For its thread, or whoever has locked it. */
    public abstract void flush();

    /** Asks its thread to {@link #flush} at the next chance. For any thread. */
    public final void wantFlush() {
        flushWanted = true;
    }

    /** Gives that chance. For its thread, or whoever has locked it. */
    protected final void flushIfWanted() {
        if (flushWanted) {
            flushWanted = false;
            flush();
        }
    }
}
