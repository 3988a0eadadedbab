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
 * One entry for each thread in one allocator or pool. The calling thread finds its entry in a few reads.
 *
 * <h2>Design</h2>
 *
 * <p>A hash table by thread id. Threads of a pool have neighbouring ids, so each finds its entry at the first place. A
 * thread has no reference to the allocator, as it would with a {@code ThreadLocal}. The table keeps no thread alive: an
 * entry has a weak reference and compares ids, which are never used again. The entry of an ended thread is {@linkplain
 * #pollEnded evicted} by a thread that looks for memory, or that makes its own entry.
 *
 * <h2>Entries of threads that wait</h2>
 *
 * <p>{@link #evictWaiting} takes entries away from live threads that wait: for a lock, for a time, for another thread,
 * or in a native method. It costs those threads nothing while they work, while a lock or a mark for each operation
 * would. It is correct for these reasons:
 *
 * <ul>
 *   <li>An operation on an entry does not wait, from the look-up to its last write. A thread that may wait in the
 *       middle first {@linkplain Entry#occupy occupies} its entry, and is skipped. A thread is also skipped if its
 *       stack shows a method of the package of its entry, which contains all operations: it may be in a native method,
 *       or wait for a class, in the middle of one.
 *   <li>So a thread that waits, and whose entry is not occupied, is between two operations. The entry has been removed
 *       from the table before the thread was seen to wait. When it goes on, it looks its entry up again and does not
 *       find it. A method that waits is a call, and HotSpot's compilers keep no value read from the heap across a call,
 *       because the call might have changed it. (In a plain loop without a call a compiler may keep values, but a
 *       running thread keeps its entry.)
 *   <li>What the thread wrote before it waited is visible to the evicting thread, which reads the thread's stack once
 *       more after it has removed the entry. HotSpot reads the stack of another platform thread, or of a mounted
 *       virtual thread, in a handshake with that thread: either the thread runs the handshake itself, or it has
 *       published that it waits or is in a native method after all that it wrote. The stack of an unmounted virtual
 *       thread is read after a compare-and-set of its volatile state, which the thread wrote when it was unmounted. If
 *       there is no stack, the thread has ended, and {@link Thread#isAlive()} says so.
 * </ul>
 *
 * <p>So nobody else stops: a request that would be refused costs each thread that waits, and has memory that is worth
 * evicting, two reads of its stack.
 *
 * <p>On virtual machines other than HotSpot this is not known to hold, so only entries of ended threads are evicted.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The table is read without a lock, and replaced or changed under a lock. A thread's entry is its own until it is
 * evicted. All actions of a thread happen before {@link Thread#isAlive()} returns false. A thread waits for the lock
 * only to make a view, to read statistics, or to evict. In other cases a thread that finds the lock taken does without
 * an entry.
 *
 * @param <E> entries
 */
public final class ThreadTable<E extends ThreadTable.Entry> {

    /** The entry of one thread, or a stripe that any thread may occupy for an operation. */
    public abstract static class Entry {

        private static final VarHandle OCCUPIED = VarHandles.of(MethodHandles.lookup(), "occupied", boolean.class);

        /** The id of the thread, which is positive; 0 for an entry of no thread. */
        private final long threadId;

        /**
         * Padding of two cache lines, as processors fetch them, between the fields that the thread reads in each
         * operation and those that it writes: a collector may place the entries of two threads next to each other. The
         * JVM keeps fields of one size in order.
         */
        @SuppressWarnings("unused")
        private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;

        private final @Nullable WeakReference<Thread> thread;

        private volatile boolean occupied;

        /**
         * Set if the entry was taken from its thread. Written before the thread is seen to wait, and read plainly, as
         * the table is.
         */
        private boolean evicted;

        /** The number of views that hold it. Guarded by the lock of the table. */
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

        /** Whether it belongs to the calling thread. Saves a look-up for code that has a reference to an entry. */
        public final boolean isMine() {
            return threadId == Thread.currentThread().threadId();
        }

        /** Occupies a stripe, if no thread does. Never waits. */
        public final boolean tryOccupy() {
            return !occupied && OCCUPIED.compareAndSet(this, false, true);
        }

        /**
         * Marks that the thread it belongs to may wait in the middle of an operation. For that thread. Other threads
         * need not see the mark before the thread waits, and what it wrote before is visible then.
         */
        public final void occupy() {
            OCCUPIED.setOpaque(this, true);
        }

        /** Ends {@link #occupy} or {@link #tryOccupy}. */
        public final void vacate() {
            OCCUPIED.setRelease(this, false);
        }

        /**
         * Whether it was taken away from its thread. A plain read. For code of that thread that keeps a reference to
         * it.
         */
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

        /** Whether its thread is between two operations, and will look its entry up before the next one. */
        private boolean isIdle() {
            Thread known = liveThread();
            return !occupied && (known == null || (WAITING_IS_KNOWN && waits(known)));
        }

        private boolean waits(Thread thread) {
            Thread.State state = thread.getState();
            return switch (state) {
                case TERMINATED -> !thread.isAlive();
                case NEW -> false;
                case WAITING, TIMED_WAITING, BLOCKED, RUNNABLE ->
                    thread != Thread.currentThread() && isBetweenOperations(thread, state != Thread.State.RUNNABLE);
            };
        }

        /**
         * Whether a thread waits, or is in a native method, outside of any operation. Within an operation it may be in
         * a native method too: the interpreter reads through a VarHandle by a native method, and when a call is linked
         * for the first time, the virtual machine may wait for another thread.
         */
        private boolean isBetweenOperations(Thread thread, boolean waits) {
            StackTraceElement[] stack = thread.getStackTrace();
            if (!waits && (stack.length == 0 || !stack[0].isNativeMethod())) {
                return false;
            }
            if (stack.length == 0) {
                return !thread.isAlive();
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

    /** The place of a removed entry. */
    private static final Entry VACANT = new Entry(null) {};

    /** A table in which no thread finds an entry. */
    private static final @Nullable Entry[] CLOSED = new @Nullable Entry[1];

    private static final int INITIAL_SIZE = 8;

    /** How many places a new thread searches for an entry of an ended thread. */
    private static final int LOOKED_AT = 32;

    private static final VarHandle TABLE = VarHandles.of(MethodHandles.lookup(), "table", Entry[].class);
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Entry[].class);

    private final Function<Thread, E> maker;
    private final Consumer<? super E> removed;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Open addressing with a fixed {@link #stride}; a power of two; at most half of it is filled. With linear probing a
     * thread without an entry would pass the entries of a whole pool. Written with release under the lock, and read
     * plainly without it, so that the compiler may keep the value from one operation to the next. This is a benign
     * race: every table since a thread registered has its entry. A thread that sees an older table finds no entry and
     * looks again under the lock.
     */
    private @Nullable Entry[] table = new @Nullable Entry[INITIAL_SIZE];

    /** Entries of ended threads that were removed and not yet polled. */
    private final Queue<E> ended = new ConcurrentLinkedQueue<>();

    /** Places of the table that are not null. Guarded by the lock. */
    private int filled;

    /** The place that was searched last for an ended thread. Guarded by the lock. */
    private int lookedAt;

    /**
     * An empty table.
     *
     * @param maker makes the entry of a thread
     * @param removed receives each entry that is removed, under the lock; it can add the entry's figures to a sum, so
     *     that a reader counts them exactly once
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
            Entry entry = entries[i]; // read once: another thread may put an entry into a free place
            if (entry == null || entry.threadId == id) {
                return (E) entry;
            }
            i = (i + stride(mask)) & mask;
        }
    }

    /** Where the entry of a thread is, or the free place where its search ends. Under the lock. */
    private static int indexOf(@Nullable Entry[] entries, long id) {
        int mask = entries.length - 1;
        int i = (int) id & mask;
        while (true) {
            Entry entry = entries[i];
            if (entry == null || entry.threadId == id) {
                return i;
            }
            i = (i + stride(mask)) & mask;
        }
    }

    /**
     * How far a search goes from one place to the next: an odd number, so that it comes to all places, and the golden
     * part of the table, so that few steps lead out of any run of filled places (Knuth, TAOCP 3, 6.4).
     */
    private static int stride(int mask) {
        return GoldenHash.index(1, Long.numberOfLeadingZeros(mask)) | 1;
    }

    /** The filled places that a search for a thread passes. For tests, while no entry is added or removed. */
    int stepsTo(long id) {
        int mask = table.length - 1;
        int end = indexOf(table, id);
        int steps = 0;
        for (int i = (int) id & mask; i != end; i = (i + stride(mask)) & mask) {
            steps++;
        }
        return steps;
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
     * The calling thread's entry for a view, for platform and virtual threads. Waits for the lock.
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
            if (!held.evicted) { // it was about to be evicted, and stays
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
        PLACE.setRelease(table, indexOf(table, entry.threadId), entry);
    }

    /** Removes entries of ended threads from the next places. Under the lock. */
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
        int i = indexOf(table, ((Entry) entry).threadId);
        boolean isThere = table[i] == entry;
        if (isThere) {
            PLACE.setRelease(table, i, VACANT);
            removed.accept(entry);
        }
        return isThere;
    }

    /**
     * An entry of an ended thread, which belongs to the caller from now on; null if there is none, or if another thread
     * is searching.
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
     * The same for entries that {@link #tryRegister} has already removed from the table. Searches for no others.
     * Lock-free.
     */
    public @Nullable E pollRemoved() {
        return ended.poll();
    }

    /**
     * The first wanted entry, starting at a different place for each thread; null if there is none. Lock-free: may miss
     * an entry that is added or removed meanwhile.
     *
     * @param wanted is called while the entry's thread may be using it
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
     * Evicts every entry. A thread that is using its entry finishes its operation. Each thread makes a new entry when
     * it needs one. Waits for the lock, and costs a handshake with all threads.
     *
     * <p>An operation may end with a check of a field that {@code removed} changes in the entry. Then either it sees
     * the change, or all that it wrote is visible when this returns. The reason: a handshake makes visible what a
     * thread wrote before it. A thread that checked before the handshake also wrote before it, and one that checks
     * later sees the change.
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
                        entry -> { // a thread that sees the change of its entry does not find the entry any more
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
     * Evicts the entries of threads that have ended or wait, except that of the calling thread. Waits for the lock.
     * Costs some microseconds for each entry of a thread that waits, and more if its stack is deep. No other thread
     * stops.
     *
     * @return entries that belong to the caller from now on
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
                if (entry.isIdle()) { // it still waits, or waits again: when it next looks its entry up, it finds none
                    evicted.add((E) entry);
                } else {
                    entry.evicted = false;
                    PLACE.setRelease(table, i, entry);
                }
            }
            evicted.forEach(removed);
        } finally {
            lock.unlock();
        }
        return withRemoved(evicted);
    }

    /**
     * After this, all that other threads wrote before it is visible, and each of them has been at a safepoint or
     * waited.
     */
    static void passHandshake() {
        try (Arena arena = Arena.ofShared()) {
            arena.allocate(1);
        }
    }

    /**
     * Applies an action to every entry while none is added or removed. Waits for the lock.
     *
     * @param action receives each entry; must not call this table
     */
    public void forEach(Consumer<? super E> action) {
        exclusively(() -> forEachOf(table, action));
    }

    /**
     * Runs an action while no entry is added or removed. Waits for the lock.
     *
     * @param action may call {@link #forEach}
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
     * Closes the table: no thread finds an entry any more, and all entries are evicted.
     *
     * @param action receives each entry that there was, under the lock
     * @return whether the table was open
     */
    public boolean close(Consumer<? super E> action) {
        lock.lock();
        try {
            boolean wasOpen = isOpen();
            @Nullable Entry[] last = table;
            TABLE.setVolatile(this, CLOSED);
            if (wasOpen) {
                forEachOf(last, entry -> {
                    ((Entry) entry).evicted = true;
                    action.accept(entry);
                });
            }
            return wasOpen;
        } finally {
            lock.unlock();
        }
    }

    /** Heap memory of the table, without the entries. */
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
