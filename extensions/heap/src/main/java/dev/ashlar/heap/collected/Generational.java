package dev.ashlar.heap.collected;

import dev.ashlar.heap.Handle;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A nursery, whose survivors move out.
 *
 * <h2>Design</h2>
 *
 * <p>Lieberman and Hewitt, "A real-time garbage collector based on the lifetimes of objects", 1983; Ungar, "Generation
 * scavenging", 1984. New objects are bump-allocated in a {@link Nursery}. A collection of the young marks those that
 * are reachable from scopes and from old objects, moves them to blocks of the allocator, and frees the others. Their
 * handles stay, so no reference changes. Every survivor is old. Then the nursery is empty.
 *
 * <p>References from old to young objects are remembered by field when they are stored: the sequential store buffer of
 * Hosking, Moss and Stefanovic, "A comparative performance evaluation of write barrier implementations", 1992. So a
 * long old array is not scanned for one young element. A collection of the young is due before the buffer gets long.
 *
 * <p>An object that cannot move, because a thread reads it or there is no memory, is old in the nursery. The nursery
 * serves nothing when it is full, until such objects are moved later, or freed. Meanwhile new objects are young in
 * blocks of the allocator, as are those that are too large for the nursery.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Each field of an old object that refers to a young one is remembered.
 *   <li>An object in the nursery has the flag of it.
 * </ul>
 */
final class Generational extends TwoGenerations {

    private static final byte YOUNG = 1;
    private static final byte REACHED = 2;
    private static final byte IN_NURSERY = 4;

    /** Bounds the time of a collection of the young, when objects are small. */
    private static final int MOST_YOUNG = 1 << 15;

    private static final int MOST_REMEMBERED = 1 << 14;

    private final Nursery nursery;
    private byte[] flags = {};
    private final IntStack rememberedObjects = new IntStack();
    private final IntStack rememberedFields = new IntStack();
    private long youngBytes;

    /** Whether the memory that was placed last is in the nursery. */
    private boolean isPlacedInNursery;

    Generational(HeapObjects objects, Nursery nursery) {
        super(objects);
        this.nursery = nursery;
    }

    @Override
    public @Nullable Handle tryPlace(long byteSize) {
        MemorySegment block = isInCycle() ? null : nursery.tryBump(byteSize);
        isPlacedInNursery = block != null;
        Handle handle;
        if (block == null) {
            handle = super.tryPlace(byteSize);
        } else {
            try {
                handle = objects.handles.adopt(block);
            } catch (RuntimeException | Error e) {
                nursery.free(block);
                throw e;
            }
        }
        youngBytes += isInCycle() || handle == null ? 0 : byteSize;
        return handle;
    }

    @Override
    void born(int object, boolean isYoung) {
        if (object >= flags.length) {
            flags = Arrays.copyOf(flags, objects.capacity());
        }
        flags[object] = (byte) ((isYoung ? YOUNG : 0) | (isPlacedInNursery ? IN_NURSERY : 0));
    }

    private boolean isYoung(int object) {
        return object != HeapObjects.NONE && (flags[object] & YOUNG) != 0;
    }

    @Override
    void changing(int source, int field, int before, int after) {
        if (isYoung(after) && !isYoung(source)) {
            rememberedObjects.push(source);
            rememberedFields.push(field);
        }
    }

    @Override
    public boolean isPartialDue() {
        return youngBytes >= nursery.byteSize()
                || young.size() >= MOST_YOUNG
                || rememberedObjects.size() >= MOST_REMEMBERED;
    }

    @Override
    void collectYoung() {
        objects.forEachRoot(this::reach);
        for (int i = 0; i < rememberedObjects.size(); i++) {
            reach(HeapObjects.index(objects.reference(rememberedObjects.get(i), rememberedFields.get(i))));
        }
        while (!stack.isEmpty()) {
            objects.forEachReference(stack.pop(), this::reach);
        }
        for (int i = 0; i < young.size(); i++) {
            int object = young.get(i);
            if ((flags[object] & REACHED) == 0) {
                objects.free(object);
            } else {
                flags[object] &= IN_NURSERY;
                moveOut(object);
            }
        }
        young.clear();
        rememberedObjects.clear();
        rememberedFields.clear();
        youngBytes = 0;
        if (!nursery.tryReset()) {
            moveOutAll();
        }
    }

    private void reach(int object) {
        if (isYoung(object) && (flags[object] & REACHED) == 0) {
            flags[object] |= REACHED;
            stack.push(object);
        }
    }

    private void moveOut(int object) {
        if (flags[object] == IN_NURSERY && objects.tryMove(object)) {
            flags[object] = 0;
        }
    }

    /** Looks for objects that could not move before. */
    private void moveOutAll() {
        for (int object = 0; object < objects.used(); object++) {
            if (objects.isLive(object)) {
                moveOut(object);
            }
        }
        nursery.tryReset();
    }

    @Override
    public void checkInvariants() {
        super.checkInvariants();
        for (int object = 0; object < objects.used(); object++) {
            if (objects.isLive(object) && !isYoung(object)) {
                for (int field = 0; field < objects.referencesOf(object); field++) {
                    int child = HeapObjects.index(objects.reference(object, field));
                    Collector.check(
                            !isYoung(child) || isRemembered(object, field), "a reference to it is remembered", child);
                }
            }
        }
    }

    private boolean isRemembered(int object, int field) {
        for (int i = 0; i < rememberedObjects.size(); i++) {
            if (rememberedObjects.get(i) == object && rememberedFields.get(i) == field) {
                return true;
            }
        }
        return false;
    }
}
