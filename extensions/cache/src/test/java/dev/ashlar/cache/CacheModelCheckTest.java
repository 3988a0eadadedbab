package dev.ashlar.cache;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Operations of several threads have the results of some order one after another. Nothing is evicted. */
@Param(name = "key", gen = IntGen.class, conf = "1:2")
@Param(name = "value", gen = IntGen.class, conf = "1:5")
@Tag("unsafe")
public class CacheModelCheckTest {

    private static final Allocator ALLOCATOR = Slab.allocator();

    private final OffHeapCache<Integer> cache =
            OffHeapCache.<Integer>builder(ALLOCATOR, 1 << 20).build();

    private static MemorySegment bytes(int value) {
        return MemorySegment.ofArray(new int[] {value});
    }

    private static int number(MemorySegment value) {
        return value.get(ValueLayout.JAVA_INT, 0);
    }

    /** Stores a value. */
    @Operation
    public boolean put(@Param(name = "key") int key, @Param(name = "value") int value) {
        return cache.put(key, bytes(value));
    }

    /** Reads a value. */
    @Operation
    public @Nullable Integer get(@Param(name = "key") int key) {
        return cache.get(key, CacheModelCheckTest::number);
    }

    /** Removes a value. */
    @Operation
    public boolean remove(@Param(name = "key") int key) {
        return cache.remove(key);
    }

    @Test
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // Lincheck takes long to rewrite Caffeine
    void mustBeLinearizable() {
        new StressOptions()
                .threads(3)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(100)
                .invocationsPerIteration(5_000)
                .sequentialSpecification(Sequential.class)
                .check(CacheModelCheckTest.class);
    }

    /** A map. */
    public static class Sequential {

        private final Map<Integer, Integer> map = new HashMap<>();

        /** See {@link CacheModelCheckTest#put}. */
        public boolean put(int key, int value) {
            map.put(key, value);
            return true;
        }

        /** See {@link CacheModelCheckTest#get}. */
        public @Nullable Integer get(int key) {
            return map.get(key);
        }

        /** See {@link CacheModelCheckTest#remove}. */
        public boolean remove(int key) {
            return map.remove(key) != null;
        }
    }
}
