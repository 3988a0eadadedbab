package dev.ashlar.spi.support;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What each thread has of its own in one allocator or pool: an entry, found by the calling thread in a few reads.
 *
 * <h2>Design</h2>
 *
 * <p>A hash table by thread id. The thread carries nothing of the allocator with it, as it would with a {@code
 * ThreadLocal}, and the table keeps no thread alive: an entry has a weak reference and compares ids, which are never
 * used again. The entry of a thread that has ended is {@linkplain #pollEnded evicted} by one that looks for memory, or
 * makes an entry of its own.
 *
 * <h2>Entries of threads that wait</h2>
 *
 * <p>{@link #evictWaiting} takes entries away from threads that live but wait: for a lock, for a time, for another
 * thread, in a native method. It costs those threads nothing while they work, which a lock or a mark for each operation
 * would. It rests on this:
 *
 * <ul>
 *   <li>An operation on an entry, from the look-up to its last write, does not wait. A thread that is about to do what
 *       may wait {@linkplain Entry#occupy occupies} its entry before, and is passed over. So is one whose stack shows a
 *       method of the package of its entry, which has all operations: it may be in a native method, or wait for a
 *       class, in the middle of one.
 *   <li>So a thread that waits, and whose entry is not occupied, is between two operations. The entry has been removed
 *       from the table before the thread was seen to wait. When it goes on, it looks its entry up again and does not
 *       find it, because a method that waits is a call, over which HotSpot's compilers keep no value read from the
 *       heap: it might have changed it. (A plain loop, in which a compiler may keep values, is no call: a thread that
 *       runs keeps its entry.)
 *   <li>What the thread wrote before it waited is visible to the evicting thread after a handshake with all threads,
 *       which closing a shared arena performs in HotSpot.
 * </ul>
 *
 * <p>On another virtual machine than HotSpot, where this is not known to hold, only entries of ended threads are
 * evicted.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The table is read without a lock: it is replaced or changed under one, and an entry found is the caller's own
 * until it is evicted. That a thread has ended, as {@link Thread#isAlive()} tells, happens after all it did. No thread
 * waits for the lock but to make a view, to read statistics, or to evict: one that finds it taken does without an
 * entry.
 *
 * @param <E> entries
 */
public final class ThreadTable<E extends ThreadTable.Entry> {

    /** What one thread has, or a stripe that any thread may occupy for an operation. */
    public abstract static class Entry {

        private static final VarHandle OCCUPIED = VarHandles.of(MethodHandles.lookup(), "occupied", boolean.class);

        /** Ids of threads are positive; 0 for an entry of no thread. */
        private final long threadId;

        /**
         * Two cache lines, as processors fetch them, between what the thread reads in each operation and what it writes
         * there: a collector may put the entries of two threads side by side. Fields of one size stay in order.
         */
        @SuppressWarnings("unused")
        private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;

        private final @Nullable WeakReference<Thread> thread;

        private volatile boolean occupied;

        /**
         * It is not its thread's any more. Written before the thread is seen to wait, and read plainly, as the table
         * is.
         */
        private boolean evicted;

        /** How many views hold it. Guarded by the lock of the table. */
        private int views;

        /**
         * An entry that is not in the table.
         *
         * @param thread the thread it belongs to, or null for one that any thread may occupy
         */
        protected Entry(@Nullable Thread thread) {
            this.thread = thread == null ? null : new WeakReference<>(thread);
            this.threadId = thread == null ? 0 : thread.threadId();
        }

        /** Whether it belongs to a thread, and is not a stripe. */
        public final boolean hasThread() {
            return thread != null;
        }

        /** Whether it belongs to the calling thread. Spares a look-up where an entry is remembered. */
        public final boolean isMine() {
            return threadId == Thread.currentThread().threadId();
        }

        /** Occupies an entry that any thread may occupy, if none does; never waits. */
        public final boolean tryOccupy() {
            return !occupied && OCCUPIED.compareAndSet(this, false, true);
        }

        /**
         * Notes that the thread it belongs to may wait in the middle of an operation. For that thread. This need not be
         * seen by another thread before the thread waits, and what it wrote before is seen then.
         */
        public final void occupy() {
            OCCUPIED.setOpaque(this, true);
        }

        /** Ends what {@link #occupy} or {@link #tryOccupy} began. */
        public final void vacate() {
            OCCUPIED.setRelease(this, false);
        }

        /** Whether it was taken away from its thread. A plain read. For that thread, if it keeps a reference to it. */
        public final boolean isEvicted() {
            return evicted;
        }

        /** Whether it has anything that another thread could use. Read without order. */
        protected boolean isWorthEvicting() {
            return true;
        }

        private @Nullable Thread liveThread() {
            Thread known = thread == null ? null : thread.get();
            return known != null && known.isAlive() ? known : null;
        }

        /** Whether its thread is between two operations and will look for its entry before the next. */
        private boolean isIdle() {
            Thread known = liveThread();
            return !occupied && (known == null || (WAITING_IS_KNOWN && waits(known)));
        }

        private boolean waits(Thread thread) {
            Thread.State state = thread.getState();
            return switch (state) {
                case TERMINATED -> true;
                case NEW -> false;
                case WAITING, TIMED_WAITING, BLOCKED, RUNNABLE ->
                    thread != Thread.currentThread()
                            && isBetweenOperations(thread.getStackTrace(), state != Thread.State.RUNNABLE);
            };
        }

        /**
         * Whether a thread waits, or is in a native method, outside of any operation. In an operation it may be in one
         * all the same: an interpreter reads through a VarHandle by a native method, and the first time that a call is
         * linked the virtual machine may wait for another thread.
         */
        private boolean isBetweenOperations(StackTraceElement[] stack, boolean waits) {
            if (!waits && (stack.length == 0 || !stack[0].isNativeMethod())) {
                return false;
            }
            String here = getClass().getPackageName() + ".";
            for (StackTraceElement frame : stack) {
                if (frame.getClassName().startsWith(here)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static final boolean WAITING_IS_KNOWN =
            System.getProperty("java.vm.name", "").matches(".*(HotSpot|OpenJDK).*");

    /** Takes the place of an entry that was removed. */
    private static final Entry VACANT = new Entry(null) {};

    /** A table in which nobody finds an entry. */
    private static final @Nullable Entry[] CLOSED = new @Nullable Entry[1];

    private static final int INITIAL_SIZE = 8;

    /** How many places a new thread looks at in search of an ended one. */
    private static final int LOOKED_AT = 32;

    private static final VarHandle TABLE = VarHandles.of(MethodHandles.lookup(), "table", Entry[].class);
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Entry[].class);

    private final Function<Thread, E> maker;
    private final Consumer<? super E> removed;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Open addressing with linear probing; a power of two; at most half of it is filled. Written with release under the
     * lock; read plainly without it, which lets the compiler keep what it found from one operation to the next. That is
     * a benign race: every table since a thread registered has its entry; a thread that should not see it yet finds
     * none and looks again under the lock.
     */
    private @Nullable Entry[] table = new @Nullable Entry[INITIAL_SIZE];

    /** Entries of ended threads that were removed and not yet polled. */
    private final Queue<E> ended = new ConcurrentLinkedQueue<>();

    /** Places of the table that are not null. Guarded by the lock. */
    private int filled;

    /** The place that was looked at last for an ended thread. Guarded by the lock. */
    private int lookedAt;

    /**
     * An empty table.
     *
     * @param maker makes the entry of a thread
     * @param removed is told of each entry that is removed, under the lock, so that figures can pass from it to a sum
     *     and no reader counts them twice or not at all
     */
    public ThreadTable(Function<Thread, E> maker, Consumer<? super E> removed) {
        this.maker = maker;
        this.removed = removed;
    }

    /** The calling thread's entry, or null if it has none. A few plain reads. */
    @SuppressWarnings("unchecked") // an entry with a thread was made by the maker
    public @Nullable E mine() {
        long id = Thread.currentThread().threadId();
        @Nullable Entry[] entries = table;
        int mask = entries.length - 1;
        int i = (int) id & mask;
        while (true) {
            Entry entry = entries[i];
            if (entry == null || entry.threadId == id) {
                return (E) entry;
            }
            i = (i + 1) & mask;
        }
    }

    /**
     * The calling thread's entry, made if there is none; null if another thread holds the lock. Never waits.
     *
     * @throws IllegalStateException if the table is closed
     */
    public @Nullable E tryRegister() {
        if (!lock.tryLock()) {
            return null;
        }
        try {
            return register();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The calling thread's entry for a view of it, be it a platform or a virtual thread. Waits for the lock.
     *
     * @throws IllegalStateException if the table is closed
     */
    public E hold() {
        lock.lock();
        try {
            E mine = register();
            ((Entry) mine).views++;
            return mine;
        } finally {
            lock.unlock();
        }
    }

    /** The same for a view whose entry was evicted. */
    public E holdAgain(E entry) {
        lock.lock();
        try {
            Entry held = entry;
            if (!held.evicted) { // it was about to be, and is not
                return entry;
            }
            return hold();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends {@link #hold}. A virtual thread without views has no entry.
     *
     * @return the entry if it was removed, or null
     */
    public @Nullable E drop(E entry) {
        lock.lock();
        try {
            Entry held = entry;
            held.views--;
            return held.views == 0 && Thread.currentThread().isVirtual() && remove(entry) ? entry : null;
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock. */
    private E register() {
        requireOpen();
        E mine = mine();
        if (mine != null) {
            return mine;
        }
        if ((filled + 1) * 2 > table.length) {
            rebuild();
        }
        evictEnded(LOOKED_AT);
        E made = maker.apply(Thread.currentThread());
        insert(table, made);
        filled++;
        return made;
    }

    /** Makes a table of the entries of live threads. */
    private void rebuild() {
        evictEnded(table.length);
        List<Entry> live = new ArrayList<>();
        for (Entry entry : table) {
            if (entry != null && entry != VACANT) {
                live.add(entry);
            }
        }
        @Nullable Entry[] rebuilt = new @Nullable Entry[Math.max(INITIAL_SIZE, Integer.highestOneBit(live.size() + 1) * 4)];
        live.forEach(entry -> insert(rebuilt, entry));
        filled = live.size();
        lookedAt = 0;
        TABLE.setRelease(this, rebuilt);
    }

    private static void insert(@Nullable Entry[] table, Entry entry) {
        int mask = table.length - 1;
        int i = (int) entry.threadId & mask;
        while (table[i] != null) {
            i = (i + 1) & mask;
        }
        PLACE.setRelease(table, i, entry);
    }

    /** Removes entries of ended threads among the next places. Under the lock. */
    @SuppressWarnings("unchecked") // an entry with a thread was made by the maker
    private void evictEnded(int places) {
        for (int i = 0; i < places; i++) {
            lookedAt = (lookedAt + 1) & (table.length - 1);
            Entry entry = table[lookedAt];
            if (entry != null && entry != VACANT && entry.liveThread() == null) {
                PLACE.setRelease(table, lookedAt, VACANT);
                removed.accept((E) entry);
                ended.add((E) entry);
            }
        }
    }

    /** Under the lock. */
    private boolean remove(E entry) {
        for (int i = 0; i < table.length; i++) {
            if (table[i] == entry) {
                PLACE.setRelease(table, i, VACANT);
                removed.accept(entry);
                return true;
            }
        }
        return false;
    }

    /**
     * An entry of a thread that has ended, which is the caller's own from now on; or null if there is none, or another
     * thread is looking for one.
     */
    public @Nullable E pollEnded() {
        E known = pollRemoved();
        if (known == null && lock.tryLock()) {
            try {
                if (isOpen()) {
                    evictEnded(table.length);
                }
            } finally {
                lock.unlock();
            }
            known = ended.poll();
        }
        return known;
    }

    /**
     * The same if such an entry was removed from the table meanwhile, as {@link #tryRegister} does; looks for no other.
     * Lock-free.
     */
    public @Nullable E pollRemoved() {
        return ended.poll();
    }

    /**
     * The first entry that is wanted, beginning with a different one for each thread; null if there is none. Lock-free:
     * misses an entry that is added or removed meanwhile.
     *
     * @param wanted is asked while the entry's thread may be at work with it
     */
    @SuppressWarnings("unchecked") // an entry with a thread was made by the maker
    public @Nullable E find(Predicate<? super E> wanted) {
        @Nullable Entry[] entries = (Entry[]) TABLE.getAcquire(this);
        int mask = entries.length - 1;
        int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i < entries.length; i++) {
            Entry entry = (Entry) PLACE.getAcquire(entries, (first + i) & mask);
            if (entry != null && entry != VACANT && wanted.test((E) entry)) {
                return (E) entry;
            }
        }
        return null;
    }

    /**
     * Evicts every entry, also that of a thread which is at work with it, and which finishes its operation. Each thread
     * makes a new one when it needs it. Waits for the lock, and costs a handshake with all threads.
     *
     * <p>An operation that ends with a look at what {@code removed} changes in an entry either sees the change, or all
     * that it wrote is visible when this returns. For a handshake makes visible what a thread wrote before it: a thread
     * that looked before it wrote before it too, and one that looks after it sees the change.
     *
     * @return the entries, with those that were removed and not yet polled
     */
    public List<E> evictAll() {
        List<E> evicted = new ArrayList<>();
        lock.lock();
        try {
            if (isOpen()) {
                @Nullable Entry[] last = table;
                TABLE.setRelease(this, new @Nullable Entry[INITIAL_SIZE]);
                filled = 0;
                lookedAt = 0;
                forEachOf(
                        last,
                        entry -> { // a thread that sees what is done to its entry finds it no more
                            ((Entry) entry).evicted = true;
                            removed.accept(entry);
                            evicted.add(entry);
                        });
            }
        } finally {
            lock.unlock();
        }
        if (!evicted.isEmpty()) {
            passHandshake();
        }
        return withRemoved(evicted);
    }

    private List<E> withRemoved(List<E> evicted) {
        for (E entry = pollRemoved(); entry != null; entry = pollRemoved()) {
            evicted.add(entry);
        }
        return evicted;
    }

    /**
     * Evicts the entries of threads that have ended or wait, but for the calling thread's. Waits for the lock; costs
     * some hundred microseconds if there are any, for which every thread stops for a moment.
     *
     * @return entries that are the caller's own from now on
     */
    @SuppressWarnings("unchecked") // an entry with a thread was made by the maker
    public List<E> evictWaiting() {
        List<E> evicted = new ArrayList<>();
        lock.lock();
        try {
            for (int i = 0; i < table.length; i++) {
                Entry entry = table[i];
                if (entry == null || entry == VACANT || !entry.isWorthEvicting() || !entry.isIdle()) {
                    continue;
                }
                PLACE.setRelease(table, i, VACANT);
                entry.evicted = true;
                VarHandle.fullFence();
                if (entry
                        .isIdle()) { // it still waits, or waits again: the next time it looks for its entry, it is gone
                    evicted.add((E) entry);
                } else {
                    entry.evicted = false;
                    PLACE.setRelease(table, i, entry);
                }
            }
            if (!evicted.isEmpty()) {
                passHandshake();
            }
            evicted.forEach(removed);
        } finally {
            lock.unlock();
        }
        return withRemoved(evicted);
    }

    /** After this, what every other thread wrote before it is visible, and it has been at a safepoint or waited. */
    static void passHandshake() {
        try (Arena arena = Arena.ofShared()) {
            arena.allocate(1);
        }
    }

    /**
     * Does something to every entry while none is added or removed. Waits for the lock.
     *
     * @param action is told of each; it must not come back to this table
     */
    public void forEach(Consumer<? super E> action) {
        exclusively(() -> forEachOf(table, action));
    }

    /**
     * Does something while no entry is added or removed. Waits for the lock.
     *
     * @param action it may call {@link #forEach}
     */
    public void exclusively(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the table is open. A plain read. */
    public boolean isOpen() {
        return table != CLOSED;
    }

    /**
     * Checks that the table is open.
     *
     * @throws IllegalStateException if not
     */
    public void requireOpen() {
        if (TABLE.getVolatile(this) == CLOSED) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    /**
     * Lets no thread find an entry any more.
     *
     * @param action is told of each entry that there was, in the same moment
     * @return whether the table was open
     */
    public boolean close(Consumer<? super E> action) {
        lock.lock();
        try {
            boolean wasOpen = isOpen();
            @Nullable Entry[] last = table;
            TABLE.setVolatile(this, CLOSED);
            if (wasOpen) {
                forEachOf(last, action);
            }
            return wasOpen;
        } finally {
            lock.unlock();
        }
    }

    /** What the table takes on the heap, without the entries. */
    public long metadataBytes() {
        return 64 + 16 + 4L * table.length;
    }

    @SuppressWarnings("unchecked") // an entry with a thread was made by the maker
    private void forEachOf(@Nullable Entry[] entries, Consumer<? super E> action) {
        for (Entry entry : entries) {
            if (entry != null && entry != VACANT) {
                action.accept((E) entry);
            }
        }
    }
}
