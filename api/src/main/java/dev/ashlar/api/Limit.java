package dev.ashlar.api;

import dev.ashlar.api.support.Listeners;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A named upper bound on a number of bytes. A charge that would exceed it is refused; only {@link #chargeAnyway} may
 * exceed it. It is a counter and holds no memory itself.
 *
 * <p>It counts live blocks of limited views ({@link dev.ashlar.api.compose.Allocators#limited(Allocator, Limit)}), or
 * memory that allocators take from their sources (the limit of one allocator, or a budget that several share). As a
 * capability of an allocator it is the limit of that allocator.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="limit"}
 *
 * <p><b>Nesting.</b> What counts against a limit counts against its parent too, and must fit both. A reservation of a
 * child is charged to the parent when the child is made. The child's use is charged to the parent only beyond its
 * reservation. So a child always has room for its reserved bytes, whatever its siblings use. All limits of a tree
 * should count the same thing: if leaves count blocks, the root counts blocks, and it never refuses children that add
 * up to no more than itself. A budget of memory from sources belongs in a tree of its own, because that memory also
 * covers rounding and retained bytes.
 *
 * <p><b>Refusals.</b> Before a request is refused for lack of room, the {@link RefusalListener listeners} of the limit
 * without room are called. They may free something, and request another try.
 *
 * <p><b>Concurrency.</b> Safe for use by many threads. No thread waits. Invariant: {@code 0 <= usedBytes <= limitBytes}
 * at every moment, and no parent has less charged than its children together. A charge costs one compare-and-set for
 * each limit up to the root, or up to the first whose reservation covers it. All limits up to the root are checked
 * before anything is charged, so a request that cannot be served never takes the room of another.
 */
public final class Limit implements AutoCloseable {

    /** Called before a request is refused. */
    @FunctionalInterface
    public interface RefusalListener {

        /**
         * Called on the thread of the request. No lock is held and nothing is charged meanwhile. The listener may free
         * blocks and allocate. A request made here that the same limit refuses is refused at once.
         *
         * <p>All listeners of the limit are called. If one of them returns true, the request is tried once more. An
         * exception counts as false: a {@link RuntimeException} is logged as a warning to the {@link System.Logger}
         * named {@code dev.ashlar.limits}, and an {@link Error} is thrown to the client. Nothing is charged in either
         * case.
         *
         * @param limit the limit without room
         * @param missingBytes bytes by which its room is too small, 1 or more
         * @return whether to try once more
         */
        boolean onRefusal(Limit limit, long missingBytes);
    }

    private final String name;
    private final long limitBytes;
    private final long reservedBytes;
    private final @Nullable Limit parent;

    /**
     * The bytes used, or their complement once the limit is closed. Both are one variable, so no charge happens between
     * the close and the return of the reservation to the parent.
     */
    private final AtomicLong state = new AtomicLong();

    private final LongAdder refused = new LongAdder();
    private final Listeners<RefusalListener> listeners = new Listeners<>();

    /** Set while this thread calls the listeners. */
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

    /** The parent: all that counts here counts there too. */
    public Optional<Limit> parent() {
        return Optional.ofNullable(parent);
    }

    /** The limit in bytes, {@link AllocationException#NO_LIMIT} if there is none. */
    public long limitBytes() {
        return limitBytes;
    }

    /**
     * Bytes that count against the limit now, at most {@link #limitBytes()}. They include bytes that are reserved for
     * children, used or not, and bytes of requests that are not answered yet.
     */
    public long usedBytes() {
        return Math.min(used(state.get()), limitBytes);
    }

    /**
     * Whether at least this many bytes are charged, including bytes beyond the limit.
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

    /** How many requests this limit has refused. Refusals by a parent or by anything else are not counted. */
    public long refused() {
        return refused.sum();
    }

    /**
     * Calls a listener from now on before a request is refused for lack of room in this limit.
     *
     * @param listener may be called by many threads at once
     * @return ends it
     */
    public Registration onRefusal(RefusalListener listener) {
        return listeners.add(listener);
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
     * Charges bytes here and to every limit above. Before a refusal, the listeners of the limit without room are
     * called, at most once for each limit. That limit counts the refusal.
     *
     * @apiNote For code that charges a limit itself. The caller must hold no lock.
     * @param bytes 0 or more
     * @return null if they are charged, otherwise the limit that has no room for them
     * @throws IllegalStateException if this limit or one above is closed
     */
    public @Nullable Limit tryCharge(long bytes) {
        Limit refusing = tryChargeNow(bytes);
        return refusing == null ? null : settle(refusing, bytes, () -> tryChargeNow(bytes));
    }

    /**
     * Charges bytes to all of several limits or to none, as {@link #tryCharge(long)} does.
     *
     * @param limits of different trees
     * @param bytes 0 or more
     * @return null if they are charged, otherwise the limit that has no room for them
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
            if (refusing != null) { // before anything is charged
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
     * Charges bytes here and to every limit above. Calls no listeners and counts no refusal.
     *
     * @apiNote For code that holds locks, or can try something else first. Afterwards it calls {@link #retry}.
     * @param bytes 0 or more
     * @return null if they are charged, otherwise the limit that has no room for them
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
     * Charges bytes whether or not there is room, for something that has been done and cannot be undone. Bytes beyond
     * the limit count, but {@link #usedBytes()} does not show them.
     *
     * @param bytes 0 or more
     */
    public void chargeAnyway(long bytes) {
        charge(bytes, true);
    }

    /**
     * Repeats a request that was refused because this limit, or one above, has no room for its bytes. It is repeated as
     * long as listeners of the limit without room request another try. The listeners of each limit are called at most
     * once. If the request is still refused for lack of room, that limit counts the refusal.
     *
     * @apiNote For code that charges by {@link #tryChargeNow}. The caller must hold no lock.
     * @param <T> the type of the result
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

    /**
     * Tries again while listeners request it. Returns null, or the limit that still has no room, which counts the
     * refusal.
     */
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

    private boolean ask(long bytes) {
        return askListeners(Math.max(1, bytes - room(state.get())));
    }

    /**
     * Calls the listeners, as before a refusal by this limit. Charges nothing and counts no refusal. In a call by a
     * listener of this limit it does nothing.
     *
     * @apiNote For code that has a bound of its own on what counts here, and asks before it refuses a request. The
     *     caller must hold no lock.
     * @param missingBytes bytes by which the room is too small, 1 or more
     * @return whether a listener wants another try
     * @throws IllegalArgumentException if it is less than 1
     */
    public boolean askListeners(long missingBytes) {
        if (missingBytes < 1) {
            throw new IllegalArgumentException("missingBytes is " + missingBytes + ", must be 1 or more");
        }
        if (listeners.isEmpty() || asking.get() != null) {
            return false;
        }
        boolean again = false;
        asking.set(true);
        try {
            for (RefusalListener listener : listeners.now()) {
                again |= ask(listener, missingBytes);
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
     * Removes bytes that were charged, here and from every limit above. Stops at 0.
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
     * @param requestedBytes requested bytes
     * @param chargedBytes what would be charged for them at least
     */
    public Refusal refusal(Refusal.Unit unit, long requestedBytes, long chargedBytes) {
        return Refusal.limitReached(name, unit, requestedBytes, chargedBytes, usedBytes(), limitBytes);
    }

    /**
     * Charges the parent first, with the bytes that the reservation of this limit does not cover. So the parent never
     * has less charged than its children, and bytes that it refuses were never charged here.
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

    /** The bytes that are charged to the parent for this limit. */
    private long above(long state) {
        return state < 0 ? ~state : Math.max(reservedBytes, state);
    }

    /** Bytes that can still be used; 0 if {@link #chargeAnyway} has passed the limit. */
    private long room(long state) {
        return Math.max(0, limitBytes - used(state));
    }

    /** Whether it is closed, so that nothing can be charged. */
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
     * Ends the limit: nothing more can be charged, and the parent gets back the reserved bytes that are not used.
     * Charged bytes count until they are discharged. Closing again does nothing.
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

    /** Builds a {@link Limit}, or several. Not safe for use by many threads. */
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
         * Sets the parent, against which all that counts here counts too. By default there is none.
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
         * Makes the limit, and charges its reservation to its parent.
         *
         * @throws IllegalArgumentException if more is reserved than the limit allows, or without a parent
         * @throws AllocationException if the parent has no room for the reservation
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
