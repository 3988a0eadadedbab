package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongPredicate;

/**
 * The position of each entity: a hash table with linear probing. Its memory follows the number of entities, for any
 * ids. A slot has the position + 1, or 0. The entity is not stored twice but read from the store's vector. Removing
 * moves entries back instead of leaving marks, so that removed entries never fill the table (Knuth, <i>The Art of
 * Computer Programming</i>, volume 3, algorithm 6.4R).
 *
 * <p>Invariant: the number of slots is 0 or a power of two, at least 4/3 of the number of entities, and no slot is
 * empty between the one where an entity's search begins and its own.
 */
final class EntityTable implements AutoCloseable {

    static final int NONE = -1;

    private static final int FIRST_SLOTS = 16;

    /** 2<sup>32</sup> divided by the golden ratio: spreads ids that follow each other, or have a common divisor. */
    private static final int SPREAD = 0x9E3779B9;

    private final Allocator allocator;
    private final IntVector entities;
    private MemorySegment slots = MemorySegment.NULL;

    /** Number of slots - 1; -1 if there are none. */
    private long mask = -1;

    /** The shift that leaves as many high bits of a product as a slot number has. */
    private int shift;

    /**
     * An empty table, which takes no memory yet.
     *
     * @param allocator where the memory comes from
     * @param entities the entity at each position
     */
    EntityTable(Allocator allocator, IntVector entities) {
        this.allocator = allocator;
        this.entities = entities;
    }

    int positionOf(int entity) {
        if (mask < 0) {
            return NONE;
        }
        for (long slot = home(entity); ; slot = next(slot)) {
            int position = positionIn(slot);
            if (position == NONE || entities.get(position) == entity) {
                return position;
            }
        }
    }

    /** Makes room for one more entity. */
    void ensureRoom() {
        if (entities.size() + 1 > mostIn(mask + 1)) {
            changeSlots(Math.max(FIRST_SLOTS, 2 * (mask + 1)));
        }
    }

    /** Stores a position for an entity that has none. There must be room. */
    void add(int entity, int position) {
        long slot = home(entity);
        while (positionIn(slot) != NONE) {
            slot = next(slot);
        }
        put(slot, position);
    }

    /** Changes the position of an entity. The vector still has the entity at its former one. */
    void move(int entity, int position) {
        put(slotOf(entity), position);
    }

    /** Removes an entity. The vector still has all entities. */
    void remove(int entity) {
        long gap = slotOf(entity);
        for (long slot = next(gap); positionIn(slot) != NONE; slot = next(slot)) {
            long home = home(entities.get(positionIn(slot)));
            if (((slot - home) & mask) >= ((slot - gap) & mask)) { // its search passes the gap
                put(gap, positionIn(slot));
                gap = slot;
            }
        }
        put(gap, NONE);
    }

    /** Releases memory that the entities do not need. */
    void trimToSize() {
        if (entities.size() == 0) {
            close();
            return;
        }
        long needed = FIRST_SLOTS;
        while (entities.size() > mostIn(needed)) {
            needed *= 2;
        }
        if (needed < mask + 1) {
            changeSlots(needed);
        }
    }

    /** Moves the slots if that is worth it, and returns how many bytes were moved. */
    long relocate(LongPredicate isWorthLeaving) {
        if (slots.byteSize() == 0 || !isWorthLeaving.test(slots.address())) {
            return 0;
        }
        MemorySegment moved = Sequence.relocated(allocator, slots, Integer.BYTES, isWorthLeaving);
        if (moved == null) {
            return 0;
        }
        slots = moved;
        return moved.byteSize();
    }

    /** Bytes of slots. */
    long byteSize() {
        return slots.byteSize();
    }

    @Override
    public void close() {
        MemorySegment last = slots;
        slots = MemorySegment.NULL;
        mask = -1;
        if (last.byteSize() > 0) {
            allocator.free(last);
        }
    }

    private static long mostIn(long slots) {
        return slots - slots / 4;
    }

    private void changeSlots(long count) {
        MemorySegment former = slots;
        slots = allocator.allocateZeroed(count * Integer.BYTES, Integer.BYTES); // the last that can be refused
        mask = count - 1;
        shift = Integer.SIZE - Long.numberOfTrailingZeros(count);
        for (int position = 0; position < entities.size(); position++) {
            add(entities.get(position), position);
        }
        if (former.byteSize() > 0) {
            allocator.free(former);
        }
    }

    private long home(int entity) {
        return Integer.toUnsignedLong(entity * SPREAD) >>> shift;
    }

    private long next(long slot) {
        return (slot + 1) & mask;
    }

    private long slotOf(int entity) {
        long slot = home(entity);
        while (entities.get(positionIn(slot)) != entity) {
            slot = next(slot);
        }
        return slot;
    }

    private int positionIn(long slot) {
        return slots.getAtIndex(ValueLayout.JAVA_INT, slot) - 1;
    }

    private void put(long slot, int position) {
        slots.setAtIndex(ValueLayout.JAVA_INT, slot, position + 1);
    }

    /** Throws if an invariant does not hold. For use between two calls. */
    void checkInvariants() {
        long filled = 0;
        for (long slot = 0; slot <= mask; slot++) {
            filled += positionIn(slot) == NONE ? 0 : 1;
        }
        if (filled != entities.size() || filled > mostIn(mask + 1)) {
            throw new AssertionError(filled + " of " + (mask + 1) + " slots are filled for " + entities);
        }
        // the store checks that each entity is found
    }
}
