package dev.ashlar.api;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A number of bytes with a name that what counts against it never passes. It is a counter: it holds no memory itself.
 *
 * <p>It counts the live blocks of limited views ({@link dev.ashlar.api.compose.Allocators#limited(Allocator, Limit)}),
 * or the memory that allocators take from their sources (their own limit, and a budget that they share). As a capability
 * of an allocator it is the limit that the allocator keeps.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="limit"}
 *
 * <p><b>Nesting.</b> What counts against a limit counts against its parent too, and fits only if it fits both. What is
 * reserved for a child is charged to the parent when the child is made, and the child's use only from there on: so a
 * child always has room for what is reserved for it, whatever its siblings use. All limits of a tree should count the
 * same: a tree whose leaves count blocks has a root that counts blocks, so children that add up to no more than their
 * parent are never refused by it. A budget of memory from sources belongs in a tree of its own, because memory that an
 * allocator takes also covers rounding and what it retains.
 *
 * <p><b>Refusals.</b> Before a request is refused for lack of room, the {@link RefusalListener listeners} of the limit
 * that has none are asked. They may free something, and ask for another try.
 *
 * <p><b>Concurrency.</b> Safe for use by many threads, none of which waits. Invariant: {@code 0 <= usedBytes <=
 * limitBytes} at every moment, and no parent has less charged than its children together. A charge costs one
 * compare-and-set for each limit up to the root, or up to the first whose reservation covers it. What has no room
 * anywhere on that way is refused before anything is charged, so a hopeless request never takes the room of another.
 */
public final class Limit implements AutoCloseable {

    /** Asked before a request is refused. */
    @FunctionalInterface
    public interface RefusalListener {

        /**
         * Called on the thread that makes the request, which holds no lock and has nothing charged. It may free blocks
         * and allocate; a request made here that the same limit refuses is refused at once.
         *
         * <p>All listeners of the limit are asked, and then the request is tried once more if one of them says so. What
         * one throws says no; a {@link RuntimeException} is logged as a warning to the {@link System.Logger} named
         * {@code dev.ashlar.limits}, and an {@link Error} is thrown to the client. Nothing is charged in either case.
         *
         * @param limit the one that has no room
         * @param missingBytes by how much it is too small, 1 or more
         * @return whether to try once more
         */
        boolean onRefusal(Limit limit, long missingBytes);
    }

    private final String name;
    private final long limitBytes;
    private final long reservedBytes;
    private final @Nullable Limit parent;

    /**
     * The bytes used, or their complement once the limit is closed. Being one variable, no charge comes between closing
     * and what that returns to the parent.
     */
    private final AtomicLong state = new AtomicLong();

    private final LongAdder refused = new LongAdder();
    private final List<Listening> listeners = new CopyOnWriteArrayList<>();

    /** Set while this thread asks the listeners. */
    private final ThreadLocal<Boolean> asking = new ThreadLocal<>();

    private Limit(Builder builder) {
        name = builder.name;
        limitBytes = builder.limitBytes;
        reservedBytes = builder.reservedBytes;
        parent = builder.parent;
    }

    /**
     * A limit without a parent.
     *
     * @param name in messages and reports
     * @param limitBytes 0 or more
     * @throws IllegalArgumentException if the name is blank or the limit negative
     */
    public static Limit of(String name, long limitBytes) {
        return builder(name).bytes(limitBytes).build();
    }

    /**
     * A builder of a limit.
     *
     * @param name in messages and reports
     * @throws IllegalArgumentException if the name is blank
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * A builder of a limit whose parent is this one.
     *
     * @param name in messages and reports
     * @throws IllegalArgumentException if the name is blank
     */
    public Builder child(String name) {
        return builder(name).parent(this);
    }

    /** Its name in messages and reports. */
    public String name() {
        return name;
    }

    /** The limit that all of this counts against as well. */
    public Optional<Limit> parent() {
        return Optional.ofNullable(parent);
    }

    /** The limit in bytes, {@link AllocationException#NO_LIMIT} if there is none. */
    public long limitBytes() {
        return limitBytes;
    }

    /**
     * Bytes that count against the limit now, at most {@link #limitBytes()}: also those that are reserved for children,
     * used or not, and those of requests that are not answered yet.
     */
    public long usedBytes() {
        return Math.min(used(state.get()), limitBytes);
    }

    /**
     * Whether at least so many bytes are charged, those beyond the limit included.
     *
     * @param bytes 0 or more
     */
    public boolean hasCharged(long bytes) {
        return bytes <= used(state.get());
    }

    /** Bytes that the parent holds for this limit whether or not they are used; 0 once it is closed. */
    public long reservedBytes() {
        return isClosed() ? 0 : reservedBytes;
    }

    /** How many requests this limit has refused. Those that a parent or anything else refused are not counted. */
    public long refused() {
        return refused.sum();
    }

    /**
     * Asks a listener from now on before a request is refused for lack of room in this limit.
     *
     * @param listener may be called by many threads at a time
     * @return ends it
     */
    public Registration onRefusal(RefusalListener listener) {
        Listening listening = new Listening(Objects.requireNonNull(listener, "listener"));
        listeners.add(listening);
        return () -> listeners.remove(listening);
    }

    /** Tells registrations of one listener apart. */
    private static final class Listening {
        final RefusalListener listener;

        Listening(RefusalListener listener) {
            this.listener = listener;
        }
    }

    /**
     * Whether everything that counts here counts against another limit too.
     *
     * @param ancestor this one, or another
     */
    public boolean isWithin(Limit ancestor) {
        return this == ancestor || (parent != null && parent.isWithin(ancestor));
    }

    /** The limit at the top, which is this one if it has no parent. */
    public Limit root() {
        return parent == null ? this : parent.root();
    }

    /**
     * Charges bytes here and to every limit above. Before it is refused, the listeners of the limit that has no room
     * are asked, those of each limit once; a refusal is counted by that limit.
     *
     * @apiNote For those who keep a limit. The caller must hold no lock.
     * @param bytes 0 or more
     * @return null if they are charged, or else the limit that has no room for them
     * @throws IllegalStateException if this limit or one above is closed
     */
    public @Nullable Limit tryCharge(long bytes) {
        Limit refusing = tryChargeNow(bytes);
        return refusing == null ? null : settle(refusing, bytes, () -> tryChargeNow(bytes));
    }

    /**
     * Charges bytes to several limits as {@link #tryCharge(long)} does, to all of them or none.
     *
     * @param limits of different trees
     * @param bytes 0 or more
     * @return null if they are charged, or else the limit that has no room for them
     * @throws IllegalStateException if one of the limits or one above is closed
     */
    public static @Nullable Limit tryCharge(List<Limit> limits, long bytes) {
        if (limits.size() == 1) {
            return limits.getFirst().tryCharge(bytes);
        }
        Limit refusing = tryChargeNow(limits, bytes);
        return refusing == null ? null : settle(refusing, bytes, () -> tryChargeNow(limits, bytes));
    }

    private static @Nullable Limit tryChargeNow(List<Limit> limits, long bytes) {
        for (Limit limit : limits) {
            Limit refusing = limit.refusing(bytes);
            if (refusing != null) { // so that nothing is charged on the way to it
                return refusing.requireOpen();
            }
        }
        for (int i = 0; i < limits.size(); i++) {
            Limit refusing = limits.get(i).charge(bytes, false);
            if (refusing != null) {
                limits.subList(0, i).forEach(charged -> charged.discharge(bytes));
                return refusing.requireOpen();
            }
        }
        return null;
    }

    /**
     * Charges bytes here and to every limit above, without asking listeners or counting a refusal.
     *
     * @apiNote For those who hold locks, or have other means to try first. At the end they use {@link #retry}.
     * @param bytes 0 or more
     * @return null if they are charged, or else the limit that has no room for them
     * @throws IllegalStateException if this limit or one above is closed
     */
    public @Nullable Limit tryChargeNow(long bytes) {
        Limit refusing = refusing(bytes);
        if (refusing == null) {
            refusing = charge(bytes, false);
        }
        return refusing == null ? null : refusing.requireOpen();
    }

    /**
     * Charges bytes whether or not there is room, for what has been done and cannot be undone. What is beyond the limit
     * counts, and is not told in {@link #usedBytes()}.
     *
     * @param bytes 0 or more
     */
    public void chargeAnyway(long bytes) {
        charge(bytes, true);
    }

    /**
     * Makes a request again that was refused, as long as a limit has no room for its bytes, this one or one above, and
     * has listeners that ask for another try. The listeners of each limit are asked once. If the request is refused in
     * the end for lack of room, that limit counts it.
     *
     * @apiNote For those who charge by {@link #tryChargeNow}. The caller must hold no lock.
     * @param <T> what is asked for
     * @param bytes what would be charged
     * @param request returns null if it is refused
     * @return what the request returned, or null
     */
    public <T> @Nullable T retry(long bytes, Supplier<? extends @Nullable T> request) {
        Limit refusing = refusing(bytes);
        if (refusing == null) {
            return null;
        }
        Answer<T> answer = new Answer<>();
        settle(refusing, bytes, () -> {
            answer.value = request.get();
            return answer.value == null ? refusing(bytes) : null;
        });
        return answer.value;
    }

    private static final class Answer<T> {
        @Nullable T value;
    }

    /** Tries again while listeners ask for it. Null, or the limit that has no room in the end, which counts that. */
    private static @Nullable Limit settle(Limit first, long bytes, Supplier<@Nullable Limit> attempt) {
        Limit refusing = first;
        Set<Limit> asked = new HashSet<>();
        while (refusing != null && asked.add(refusing) && refusing.ask(bytes)) {
            refusing = attempt.get();
        }
        if (refusing != null) {
            refusing.refused.increment();
        }
        return refusing;
    }

    /** Asks the listeners. Whether one of them wants another try. */
    private boolean ask(long bytes) {
        if (listeners.isEmpty() || asking.get() != null) {
            return false;
        }
        boolean again = false;
        asking.set(true);
        try {
            long missing = Math.max(1, bytes - room(state.get()));
            for (Listening listening : listeners) {
                again |= ask(listening.listener, missing);
            }
        } finally {
            asking.remove();
        }
        return again;
    }

    private boolean ask(RefusalListener listener, long missingBytes) {
        try {
            return listener.onRefusal(this, missingBytes);
        } catch (RuntimeException e) {
            System.getLogger("dev.ashlar.limits")
                    .log(System.Logger.Level.WARNING, "A refusal listener of " + this + " failed", e);
            return false;
        }
    }

    /**
     * Takes bytes back that were charged, here and from every limit above. Stops at 0.
     *
     * @param bytes 0 or more
     */
    public void discharge(long bytes) {
        long before;
        long after;
        do {
            before = state.get();
            after = plus(before, -Math.min(bytes, used(before)));
        } while (!state.compareAndSet(before, after));
        dischargeParent(above(before) - above(after));
    }

    /**
     * The limit that has no room for bytes now, this one or one above; null if they fit.
     *
     * @param bytes 0 or more
     * @throws IllegalArgumentException if they are negative
     */
    public @Nullable Limit refusing(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes is " + bytes + ", must be 0 or more");
        }
        long now = state.get();
        if (now < 0 || bytes > room(now)) {
            return this;
        }
        return parent == null ? null : parent.refusing(above(now + bytes) - above(now));
    }

    /**
     * Why this limit refuses a request.
     *
     * @param unit what it counts
     * @param requestedBytes bytes asked for
     * @param chargedBytes what would be charged for them at least
     */
    public Refusal refusal(Refusal.Unit unit, long requestedBytes, long chargedBytes) {
        return Refusal.limitReached(name, unit, requestedBytes, chargedBytes, usedBytes(), limitBytes);
    }

    /**
     * Charges the parent first, with what its reservation for this limit does not cover. So the parent never has less
     * charged than its children, and what it refuses was never charged here.
     */
    private @Nullable Limit charge(long bytes, boolean anyway) {
        long charged = 0; // to the parent
        while (true) {
            long before = state.get();
            if (!anyway && (before < 0 || bytes > room(before))) {
                dischargeParent(charged);
                return this;
            }
            long after = plus(before, bytes);
            long needed = above(after) - above(before);
            Limit refusing = needed > charged ? chargeParent(needed - charged, anyway) : null;
            if (refusing != null) {
                dischargeParent(charged);
                return refusing;
            }
            dischargeParent(charged - needed);
            charged = needed;
            if (state.compareAndSet(before, after)) {
                return null;
            }
        }
    }

    private @Nullable Limit chargeParent(long bytes, boolean anyway) {
        return parent == null ? null : parent.charge(bytes, anyway);
    }

    private void dischargeParent(long bytes) {
        if (parent != null && bytes > 0) {
            parent.discharge(bytes);
        }
    }

    private static long used(long state) {
        return state < 0 ? ~state : state;
    }

    /** A state with more bytes, open or closed as before. */
    private static long plus(long state, long bytes) {
        return state < 0 ? state - bytes : state + bytes;
    }

    /** What the parent is charged for this limit. */
    private long above(long state) {
        return state < 0 ? ~state : Math.max(reservedBytes, state);
    }

    /** Bytes that can still be used; none if a charge that could not be undone has passed the limit. */
    private long room(long state) {
        return Math.max(0, limitBytes - used(state));
    }

    /** Whether it is closed: then nothing can be charged. */
    public boolean isClosed() {
        return state.get() < 0;
    }

    private Limit requireOpen() {
        if (isClosed()) {
            throw new IllegalStateException("The limit '" + name + "' is closed");
        }
        return this;
    }

    /**
     * Ends the limit: the parent gets back what is reserved for it beyond what is used, and nothing more can be
     * charged. What is charged counts until it is discharged. Closing again does nothing.
     */
    @Override
    public void close() {
        long before;
        do {
            before = state.get();
            if (before < 0) {
                return;
            }
        } while (!state.compareAndSet(before, ~before));
        dischargeParent(above(before) - above(~before));
    }

    @Override
    public String toString() {
        return "limit '" + name + "' (" + usedBytes() + " bytes used, "
                + (limitBytes == AllocationException.NO_LIMIT ? "no limit" : "at most " + limitBytes)
                + (reservedBytes() == 0 ? "" : ", " + reservedBytes() + " reserved")
                + (parent == null ? "" : ", in '" + parent.name + "'")
                + (isClosed() ? ", closed)" : ")");
    }

    /** Collects what a {@link Limit} is made of. A builder may build several. Not safe for use by many threads. */
    public static final class Builder {

        private final String name;
        private long limitBytes = AllocationException.NO_LIMIT;
        private long reservedBytes;
        private @Nullable Limit parent;

        private Builder(String name) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name is '" + name + "', must not be blank");
            }
            this.name = name;
        }

        /**
         * Sets the limit. By default there is none but the parent's, and the bytes are only counted.
         *
         * @param limitBytes 0 or more, {@link AllocationException#NO_LIMIT} for no limit
         * @throws IllegalArgumentException if it is negative
         */
        public Builder bytes(long limitBytes) {
            this.limitBytes = requireNotNegative("limitBytes", limitBytes);
            return this;
        }

        /**
         * Sets how many bytes the parent holds for this limit alone. By default none.
         *
         * @param reservedBytes 0 to the limit
         * @throws IllegalArgumentException if it is negative
         */
        public Builder reserved(long reservedBytes) {
            this.reservedBytes = requireNotNegative("reservedBytes", reservedBytes);
            return this;
        }

        /**
         * Sets the limit that all of this counts against as well. By default there is none.
         *
         * @param parent may have any number of children
         */
        public Builder parent(Limit parent) {
            this.parent = Objects.requireNonNull(parent, "parent");
            return this;
        }

        private static long requireNotNegative(String what, long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException(what + " is " + bytes + ", must be 0 or more");
            }
            return bytes;
        }

        /**
         * Makes the limit, and charges what is reserved for it to its parent.
         *
         * @throws IllegalArgumentException if more is reserved than the limit allows, or without a parent
         * @throws AllocationException if there is no room for what is reserved
         * @throws IllegalStateException if the parent is closed
         */
        public Limit build() {
            if (reservedBytes > limitBytes) {
                throw new IllegalArgumentException(
                        "reservedBytes is " + reservedBytes + ", must be at most limitBytes, which is " + limitBytes);
            }
            if (reservedBytes > 0) {
                if (parent == null) {
                    throw new IllegalArgumentException("reservedBytes is " + reservedBytes
                            + " and there is no parent that could hold them. Set a parent, or reserve nothing.");
                }
                Limit refusing = parent.tryCharge(reservedBytes);
                if (refusing != null) {
                    throw new AllocationException(refusing.refusal(Refusal.Unit.BYTES, reservedBytes, reservedBytes));
                }
            }
            return new Limit(this);
        }
    }
}
