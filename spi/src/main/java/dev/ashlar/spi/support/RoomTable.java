package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The chunks or regions of an allocator, oldest first, and which of them have room.
 *
 * <h2>Design</h2>
 *
 * <p>Members are at numbered places. A place is used once, so places are in the order of age. A {@link RoomTree} finds
 * the oldest member with room. When all places are used, the members move to the first places of a new table with twice
 * as many places as members. So adding, removing and finding a member cost time logarithmic in the number of members,
 * amortised.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Any thread may read, search, and note room. Members are added and removed by one thread at a time. The owner of
 * the table holds a lock for that, and keeps the result of {@link #with} in a volatile field.
 *
 * <p>A table that was replaced still finds its members. So a thread with an old table misses new members, as if it had
 * run a moment earlier. It may find members that were removed later, so these must refuse requests themselves.
 *
 * <p>No room is lost when a table is replaced. A thread that made room notes it in the table that it has, and then in
 * the successor. The thread that replaces the table first sets the successor, and then notes the room of all members.
 * So if the other thread sees no successor, its room is seen here. A member's place in the new table may be visible
 * before that table is. It is not higher than the old place. So a thread with the old table at worst raises the leaf of
 * another member, which is an upper bound.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The member at a place has that place's number, unless the table was replaced.
 *   <li>When no thread changes a member, its leaf is at least its room.
 * </ul>
 *
 * @param <T> chunks or regions
 */
public final class RoomTable<T extends RoomTable.Member> {

    private static final VarHandle MEMBER = MethodHandles.arrayElementVarHandle(Object[].class);

    private static final int FIRST_PLACES = 16;

    /** A chunk or a region in a table. */
    public abstract static class Member {

        /** Written by the thread that adds members. Only falls. */
        private volatile int place;

        /** For subclasses. */
        protected Member() {}

        /** Its place in the table. For any thread. Only falls, when the table is replaced. */
        public final int place() {
            return place;
        }

        /**
         * The longest run that it may have. For any thread. The thread that makes room makes it visible before it calls
         * {@link RoomTable#noteRoom}: this returns at least what any such thread has made and nobody has taken.
         */
        protected abstract int room();
    }

    private final IntFunction<RoomTree> trees;
    private final RoomTree tree;
    private final @Nullable Object[] members;
    private final IntUnaryOperator rooms = this::roomAt;

    /** Places that were used. */
    private int used;

    /** Members that there are. */
    private int count;

    /** The table that replaced this one. */
    private volatile @Nullable RoomTable<T> successor;

    /** A table without members. */
    public RoomTable() {
        this(RoomTree::new);
    }

    /**
     * A table without members, for tests that count what is looked at in its trees.
     *
     * @param trees makes a tree with a number of ranges
     */
    public RoomTable(IntFunction<RoomTree> trees) {
        this(trees, FIRST_PLACES);
    }

    private RoomTable(IntFunction<RoomTree> trees, int places) {
        this.trees = trees;
        tree = trees.apply(places);
        members = new @Nullable Object[places];
    }

    /** The number of places. */
    public int places() {
        return members.length;
    }

    /**
     * The member at a place.
     *
     * @param place 0 to {@code places() - 1}
     * @return null if it was removed, or there was none
     */
    @SuppressWarnings("unchecked") // only add writes members
    public @Nullable T at(int place) {
        return (T) MEMBER.getAcquire(members, place);
    }

    private int roomAt(int place) {
        T member = at(place);
        return member == null ? 0 : member.room();
    }

    /** The members, oldest first. Costs time in proportion to them. */
    public List<T> members() {
        List<T> list = new ArrayList<>();
        for (int place = 0; place < members.length; place++) {
            T member = at(place);
            if (member != null) {
                list.add(member);
            }
        }
        return list;
    }

    /**
     * The first place whose member may have room. If it has none, the caller calls {@link #noteNoRoom} and goes on.
     *
     * @param from the place to begin at, 0 or more
     * @param length the run that it must have room for, 1 or more
     * @return the place, or -1
     */
    public int next(int from, int length) {
        return from >= members.length ? -1 : tree.next(from, length);
    }

    /**
     * Notes that a member may have room. Called after the room was made, by any thread. Does no harm if the member was
     * removed meanwhile.
     */
    public void noteRoom(T member) {
        RoomTable<T> in = this;
        while (in != null) {
            int place = member.place();
            if (place < in.members.length) { // otherwise it was removed before it could move there
                in.tree.raise(place, member.room());
            }
            in = in.successor;
        }
    }

    /** Notes that the member at a place was searched without success. For any thread. */
    public void noteNoRoom(int place) {
        tree.lower(place, rooms);
    }

    /**
     * Adds a member. For one thread at a time.
     *
     * @return the table that has it: this one, or its successor if all places were used
     */
    public RoomTable<T> with(T member) {
        RoomTable<T> in = used < members.length ? this : succeed();
        in.add(member);
        return in;
    }

    private void add(T member) {
        ((Member) member).place = used;
        MEMBER.setRelease(members, used, member);
        tree.raise(used, member.room());
        used++;
        count++;
    }

    private RoomTable<T> succeed() {
        RoomTable<T> more = new RoomTable<>(trees, Math.max(FIRST_PLACES, 2 * count));
        List<T> all = members();
        all.forEach(more::add);
        successor = more;
        all.forEach(more::noteRoom); // room that was noted here only
        return more;
    }

    /**
     * Removes a member. For one thread at a time.
     *
     * @return false if it was removed before
     */
    public boolean remove(T member) {
        int place = member.place();
        if (at(place) != member) {
            return false;
        }
        MEMBER.setRelease(members, place, (Object) null); // the exact type, or each call converts
        tree.lower(place, rooms);
        count--;
        return true;
    }

    /** The tree, the array and this on the heap, without the members. */
    public long metadataBytes() {
        return 32 + 16 + 16 + members.length * 4L + tree.metadataBytes();
    }

    /**
     * Checks the invariants. For tests, on a table that was not replaced, when no thread changes it.
     *
     * @throws IllegalStateException naming the place for which they do not hold
     */
    public void checkInvariants() {
        tree.checkInvariants();
        for (int place = 0; place < members.length; place++) {
            T member = at(place);
            if (member != null && member.place() != place) {
                throw new IllegalStateException("The member at place " + place + " has place " + member.place());
            }
            if (tree.at(0, place) < roomAt(place)) {
                throw new IllegalStateException(
                        "Leaf " + place + " is " + tree.at(0, place) + ", the room is " + roomAt(place));
            }
        }
    }
}
