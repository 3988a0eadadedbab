package dev.ashlar.benchmarks;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.sequence.ComponentStore;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** The same things of 24 bytes in a component store and in a map of records, with the same numbers. */
final class Components implements AutoCloseable {

    /** A thing on the Java heap. */
    record Thing(double x, double y, long mass) {}

    private static final StructLayout THING = MemoryLayout.structLayout(
            ValueLayout.JAVA_DOUBLE.withName("x"),
            ValueLayout.JAVA_DOUBLE.withName("y"),
            ValueLayout.JAVA_LONG.withName("mass"));

    private static final VarHandle X = THING.varHandle(PathElement.groupElement("x"));
    private static final VarHandle Y = THING.varHandle(PathElement.groupElement("y"));
    private static final VarHandle MASS = THING.varHandle(PathElement.groupElement("mass"));

    private final Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());
    private final ComponentStore store = new ComponentStore(allocator, THING);
    private final Map<Integer, Thing> map;

    /** The numbers of the things, in the order in which they were added. */
    private final int[] added;

    /** The numbers of the things, in random order. */
    private final int[] shuffled;

    /**
     * Fills both.
     *
     * @param count how many things; their numbers are 0 to {@code count - 1}
     * @param inOrder whether they are added in ascending order of their numbers; otherwise in random order, as in a
     *     program that has run for a while
     */
    Components(int count, boolean inOrder) {
        shuffled = shuffle(count);
        added = inOrder ? IntStream.range(0, count).toArray() : shuffle(count);
        map = HashMap.newHashMap(count);
    }

    Components fill() {
        fillStore();
        fillMap();
        return this;
    }

    void fillStore() {
        for (int entity : added) {
            MemorySegment thing = store.add(entity);
            X.set(thing, 0L, entity * 0.5);
            Y.set(thing, 0L, entity * 0.25);
            MASS.set(thing, 0L, (long) entity);
        }
    }

    void fillMap() {
        for (int entity : added) {
            map.put(entity, new Thing(entity * 0.5, entity * 0.25, entity));
        }
    }

    private static int[] shuffle(int count) {
        List<Integer> numbers =
                new ArrayList<>(IntStream.range(0, count).boxed().toList());
        Collections.shuffle(numbers, new Random(1));
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Bytes that the store holds. */
    long storeBytes() {
        return store.byteSize();
    }

    /** Releases the memory that was taken in advance for growth. */
    void trimStore() {
        store.trimToSize();
    }

    /** The sum of a field over all things, by offsets into the memory of all structs. */
    double scanStore() {
        MemorySegment memory = store.memory();
        long stride = store.stride();
        double sum = 0;
        for (long offset = 0; offset < memory.byteSize(); offset += stride) {
            sum += (double) X.get(memory, offset);
        }
        return sum;
    }

    /** The same with a slice for each struct. */
    double scanStoreBySlices() {
        double sum = 0;
        int size = store.size();
        for (int position = 0; position < size; position++) {
            sum += (double) X.get(store.structAt(position), 0L);
        }
        return sum;
    }

    /** The same for the map. */
    double scanMap() {
        double sum = 0;
        for (Thing thing : map.values()) {
            sum += thing.x;
        }
        return sum;
    }

    /** The sum of a field over all things, looked up by number in random order. */
    double findInStore() {
        double sum = 0;
        for (int entity : shuffled) {
            MemorySegment thing = store.get(entity);
            if (thing != null) {
                sum += (double) X.get(thing, 0L);
            }
        }
        return sum;
    }

    /** The same for the map. */
    double findInMap() {
        double sum = 0;
        for (int entity : shuffled) {
            Thing thing = map.get(entity);
            if (thing != null) {
                sum += thing.x;
            }
        }
        return sum;
    }

    @Override
    public void close() {
        store.close();
        allocator.close();
    }
}
