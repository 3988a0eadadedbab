package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Relocatable;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Structs with a number, the entity, side by side in memory, so that a scan reads memory in order. It replaces a {@code
 * HashMap<Integer, Record>} without an object for each struct. Each entity takes its struct and 9 to 15 bytes, for any
 * ids, and growth takes some memory in advance.
 *
 * <p>Adding, finding and removing take constant time, as in a hash table. Removing moves the last struct into the gap,
 * so positions change and iteration has no particular order. It is for the thread that makes it, as every {@link
 * Sequence} is. Segments are valid as described there, and also only until the next {@link #remove}.
 *
 * <p>{@link EntityTable} finds the position of an entity in two vectors, of entities and of structs. Invariant: {@code
 * table.positionOf(entities.get(p)) == p} for each position {@code p}, and there are no others. A sparse set of pages
 * would find entities faster, but takes a page for each entity if ids are sparse.
 */
public final class ComponentStore implements Relocatable, AutoCloseable {

    private final Thread owner = Thread.currentThread();
    private final EntityTable table;
    private final IntVector entities;
    private final StructVector structs;

    /**
     * An empty store, which takes no memory yet.
     *
     * @param allocator where the memory comes from
     * @param component layout of a struct, of at least one byte
     * @throws IllegalArgumentException if the layout has no bytes
     */
    public ComponentStore(Allocator allocator, MemoryLayout component) {
        entities = new IntVector(allocator);
        table = new EntityTable(allocator, entities);
        structs = new StructVector(allocator, component);
    }

    /** Number of structs. */
    public int size() {
        return (int) entities.size();
    }

    /**
     * Adds a struct of zeros for an entity.
     *
     * @param entity 0 or more
     * @return the struct, to be written, until the store next grows or an entity is removed
     * @throws IllegalArgumentException if the entity is negative or has a struct already
     * @throws dev.ashlar.api.AllocationException if the allocator has no room; no entity is added
     * @throws IllegalStateException if this store is closed
     */
    public MemorySegment add(int entity) {
        int position = size();
        if (entity < 0 || table.positionOf(entity) >= 0) {
            throw new IllegalArgumentException(
                    entity < 0
                            ? "entity is " + entity + ", must be 0 or more"
                            : "entity " + entity + " has a struct already");
        }
        entities.ensureRoom(1);
        structs.ensureRoom(1);
        table.ensureRoom(); // the last that can be refused
        entities.append(entity);
        table.add(entity, position);
        return structs.append();
    }

    /**
     * The struct of an entity, for reading and writing in place.
     *
     * @param entity any number
     * @return the struct, or null if the entity has none
     * @throws IllegalStateException if this store is closed
     */
    public @Nullable MemorySegment get(int entity) {
        int position = positionOf(entity);
        return position < 0 ? null : structs.get(position);
    }

    /**
     * The position of an entity's struct.
     *
     * @param entity any number
     * @return its position, from 0 to {@code size() - 1}, until an entity is removed; or -1 if the entity has no struct
     * @throws IllegalStateException if this store is closed
     */
    public int positionOf(int entity) {
        requireOwner();
        int position = table.positionOf(entity);
        if (position < 0) {
            size(); // throws if the store is closed
        }
        return position;
    }

    /**
     * The entity at a position.
     *
     * @param position from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public int entityAt(int position) {
        return entities.get(position);
    }

    /**
     * The struct at a position.
     *
     * @param position from 0 to {@code size() - 1}
     * @throws IndexOutOfBoundsException if there is no such position
     */
    public MemorySegment structAt(int position) {
        return structs.get(position);
    }

    /**
     * Removes the struct of an entity; the last one takes its place.
     *
     * @param entity any number
     * @return false if the entity has none
     * @throws IllegalStateException if this store is closed
     */
    public boolean remove(int entity) {
        int position = positionOf(entity);
        if (position < 0) {
            return false;
        }
        int last = entities.get(entities.size() - 1);
        table.remove(entity);
        if (last != entity) {
            table.move(last, position);
        }
        entities.removeSwap(position);
        structs.removeSwap(position);
        return true;
    }

    /**
     * The memory of all structs in the order of their positions, for scans. The struct at position {@code p} begins at
     * {@code p * stride()}.
     */
    public MemorySegment memory() {
        return structs.memory();
    }

    /** Bytes from the start of a struct in {@link #memory()} to that of the next. */
    public long stride() {
        return structs.stride();
    }

    /** Bytes that the store holds from the allocator. */
    public long byteSize() {
        return structs.capacity() * structs.stride() + entities.capacity() * Integer.BYTES + table.byteSize();
    }

    /**
     * Releases memory without structs.
     *
     * @throws dev.ashlar.api.AllocationException if a block has to move for that and the allocator has no other
     */
    public void trimToSize() {
        entities.trimToSize();
        structs.trimToSize();
        table.trimToSize();
    }

    /**
     * Moves the blocks of the store that are worth it. Like growth, that ends the segments that were handed out.
     *
     * @throws IllegalStateException if this store is closed
     */
    @Override
    public long relocate(LongPredicate isWorthLeaving, long mostBytes) {
        long moved = structs.relocate(isWorthLeaving, mostBytes);
        if (moved < mostBytes) {
            moved += entities.relocate(isWorthLeaving, mostBytes - moved);
        }
        if (moved < mostBytes) {
            moved += table.relocate(isWorthLeaving);
        }
        return moved;
    }

    /** Frees the memory. Closing again does nothing. */
    @Override
    public void close() {
        requireOwner();
        try (table;
                structs) {
            entities.close();
        }
    }

    private void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw Sequence.wrongThread(owner);
        }
    }

    /** Throws if an invariant does not hold. For use between two calls. */
    void checkInvariants() {
        entities.checkInvariants();
        structs.checkInvariants();
        table.checkInvariants();
        if (entities.size() != structs.size()) {
            throw new AssertionError(entities + " and " + structs);
        }
        for (int position = 0; position < size(); position++) {
            if (table.positionOf(entityAt(position)) != position) {
                throw new AssertionError("position " + position + " has entity " + entityAt(position)
                        + ", whose slot says " + table.positionOf(entityAt(position)));
            }
        }
    }
}
