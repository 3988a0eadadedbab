package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.BlockCounters;
import dev.ashlar.spi.support.Stripes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which heap the calling thread works with: a platform thread has one of its own, virtual threads share {@link Stripes}.
 *
 * <h2>Design</h2>
 *
 * <p>Heaps of threads stand in a hash table by thread id, so that finding one's own is a few reads and the thread carries
 * nothing of the allocator with it, as it would with a {@code ThreadLocal}. When a thread that begins makes its heap it looks
 * at a few others, and hands the magazines of those whose threads have ended to the depots; so does a thread that would need
 * more memory otherwise, for all of them.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The table is read without a lock: it is replaced or changed under one, and an entry found is the caller's own for as
 * long as it lives. That a thread has ended, as {@link Thread#isAlive()} tells, happens after all it did, so its
 * heap can be worked on with plain reads and writes. No thread waits: one that finds the lock taken uses a stripe.
 */
final class Heaps {

    private static final VarHandle TABLE;

    static {
        try {
            TABLE = MethodHandles.lookup().findVarHandle(Heaps.class, "table", Heap[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A table in which nobody finds a heap. */
    private static final @Nullable Heap[] CLOSED = new @Nullable Heap[1];

    private static final int INITIAL_TABLE = 8;

    /** How many entries a new thread looks at in search of an ended one. */
    private static final int LOOKED_AT = 32;

    private final Supply supply;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Open addressing with linear probing; a power of two; at most half of it is filled. Written with release under the
     * lock; read plainly without it, which lets the compiler keep what it found from one operation to the next. That is a
     * benign race: every table since a thread registered has its heap; a thread that should not see it yet finds none and
     * looks again under the lock; and a thread at work while another closes the allocator may go on for a moment, with
     * memory that throws on access.
     */
    private @Nullable Heap[] table = new @Nullable Heap[INITIAL_TABLE];

    private final Stripes<Heap> stripes;

    /** What the threads that have ended counted. Guarded by the lock; read without it, as other counts are. */
    private final BlockCounters ended = new BlockCounters();

    /** Entries of the table that are not null: heaps, and {@link Heap#NOBODY} where one was. Guarded by the lock. */
    private int filled;

    /** The entry of the table that {@link #handBackEnded} looked at last. Guarded by the lock. */
    private int nextLookedAt;

    Heaps(Supply supply) {
        this.supply = supply;
        stripes = new Stripes<>(() -> new Heap(supply, null));
    }

    /** The calling thread's own heap, or null if it has none. */
    @Nullable Heap mine() {
        Thread thread = Thread.currentThread();
        @Nullable Heap[] heaps = table;
        int mask = heaps.length - 1;
        int i = (int) thread.threadId() & mask;
        while (true) {
            Heap heap = heaps[i];
            if (heap == null || heap.thread == thread) {
                return heap;
            }
            i = (i + 1) & mask;
        }
    }

    /**
     * A heap for one operation of the calling thread, which {@link #exit exits} after it.
     *
     * @throws IllegalStateException if the allocator is closed
     */
    Heap enter() {
        Heap mine = mine();
        if (mine != null) {
            return mine;
        }
        requireOpen();
        Thread thread = Thread.currentThread();
        if (!thread.isVirtual() && lock.tryLock()) {
            try {
                return register(thread);
            } finally {
                lock.unlock();
            }
        }
        return stripes.lockOne(thread);
    }

    /** Ends what {@link #enter} began. */
    void exit(Heap heap) {
        if (heap.thread == null) {
            heap.unlock();
        }
    }

    /** A heap of the calling thread's own for a view, be it a platform or a virtual thread. */
    Heap own() {
        lock.lock();
        try {
            Heap own = register(Thread.currentThread());
            own.views++;
            return own;
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #own}: a virtual thread without views has no heap. */
    void disown(Heap heap) {
        lock.lock();
        try {
            heap.views--;
            if (heap.views == 0 && Thread.currentThread().isVirtual() && isOpen()) {
                forget(heap);
                handBack(heap);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen() {
        return table != CLOSED;
    }

    void requireOpen() {
        if (!isOpen()) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    /** The heap of the calling thread, which it makes if there is none. Under the lock. */
    private Heap register(Thread thread) {
        requireOpen();
        Heap mine = mine();
        if (mine != null) {
            return mine;
        }
        Heap heap = new Heap(supply, thread);
        if ((filled + 1) * 2 > table.length) {
            rebuild();
        }
        handBackEnded(LOOKED_AT);
        insert(table, heap);
        filled++;
        return heap;
    }

    /** Hands back what threads that have ended cached, of the next few in the table. Under the lock. */
    private void handBackEnded(int entries) {
        @Nullable Heap[] heaps = table;
        for (int i = 0; i < entries; i++) {
            nextLookedAt = (nextLookedAt + 1) & (heaps.length - 1);
            Heap heap = heaps[nextLookedAt];
            if (heap != null && heap != Heap.NOBODY && !heap.isOfLiveThread()) {
                heaps[nextLookedAt] = Heap.NOBODY;
                handBack(heap);
            }
        }
    }

    private void handBack(Heap heap) {
        heap.handBack();
        ended.adoptCounts(heap);
    }

    /** Makes a table of the heaps of live threads. */
    private void rebuild() {
        List<Heap> live = new ArrayList<>();
        for (Heap heap : table) {
            if (heap != null && heap != Heap.NOBODY) {
                if (heap.isOfLiveThread()) {
                    live.add(heap);
                } else {
                    handBack(heap);
                }
            }
        }
        @Nullable Heap[] rebuilt = new @Nullable Heap[Math.max(INITIAL_TABLE, Integer.highestOneBit(live.size() + 1) * 4)];
        live.forEach(heap -> insert(rebuilt, heap));
        filled = live.size();
        TABLE.setRelease(this, rebuilt);
    }

    private void forget(Heap heap) {
        @Nullable Heap[] heaps = table;
        for (int i = 0; i < heaps.length; i++) {
            if (heaps[i] == heap) {
                heaps[i] = Heap.NOBODY;
            }
        }
    }

    private static void insert(@Nullable Heap[] table, Heap heap) {
        int mask = table.length - 1;
        int i = (int) heap.threadId() & mask;
        while (table[i] != null) {
            i = (i + 1) & mask;
        }
        table[i] = heap; // its final thread is all that others read through this
    }

    /**
     * Hands back what no thread is at work with: what those that have ended cached, unless another thread is at that, and what
     * stripes cache in which none is. One that is busy is passed over.
     */
    void handBackUnused() {
        handBackEnded();
        stripes.forEachIdle(Heap::handBack, busy -> {});
    }

    private void handBackEnded() {
        if (lock.tryLock()) {
            try {
                handBackEnded(table.length);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Gives up what heaps cache: at once for the calling thread, for threads that have ended, and for stripes; a running
     * thread is asked to do so when it next needs a magazine.
     */
    void flush() {
        Heap heap = enter();
        try {
            handBackEnded();
            heap.flush();
        } finally {
            exit(heap);
        }
        stripes.flush();
        for (Heap other : table) {
            if (other != null && other != heap && other != Heap.NOBODY) {
                other.wantFlush();
            }
        }
    }

    /** Lets nobody find a heap any more. */
    boolean close() {
        lock.lock();
        try {
            boolean wasOpen = isOpen();
            TABLE.setRelease(this, CLOSED);
            return wasOpen;
        } finally {
            lock.unlock();
        }
    }

    void forEach(Consumer<Heap> visitor) {
        for (Heap heap : table) {
            if (heap != null && heap != Heap.NOBODY) {
                visitor.accept(heap);
            }
        }
        stripes.forEach(visitor);
    }

    /** What all threads counted, summed up by a reader of one of them. */
    long sum(ToLongFunction<BlockCounters> count) {
        long[] sum = {count.applyAsLong(ended)};
        forEach(heap -> sum[0] += count.applyAsLong(heap));
        return sum[0];
    }
}
