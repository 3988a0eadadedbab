package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.api.support.Zeros;
import java.io.Serial;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Pools of the objects that programs pool most often. Their resets remove everything of the last user. Objects that
 * have grown too large are discarded.
 *
 * <p>There are two kinds. Buffers and byte arrays have a fixed size, and are in a {@link SizedPool} with size classes.
 * Other objects grow, and their pools have a largest size. An object that was ever larger is discarded when it is
 * released, and counted in {@link dev.ashlar.api.PoolStats#discarded}.
 *
 * <p>All are safe for use by many threads, as {@link LockFreePools} says. They record statistics, and can track invalid
 * releases from any time on. An acquired object is for one thread at a time. Each method says what its reset costs. An
 * acquire takes the same time for any size. Release the object itself and not a view of it.
 *
 * <p>A small object with a short life is often cheaper to make than to pool: see "When not to pool" in the module's
 * docs/pools.md.
 */
public final class ReadyPools {

    /** The initial capacity of a list or map, so that most need not grow. */
    private static final int INITIAL_ELEMENTS = 64;

    private static final int INITIAL_CHARS = 256;

    private ReadyPools() {}

    /**
     * String builders, which are empty when acquired. Former text cannot be read from a builder again, because {@link
     * StringBuilder#setLength} fills added characters with zeroes. It stays in the memory of the process until it is
     * overwritten, as with a builder that is not pooled. The reset takes the same time for any length.
     *
     * @param largest the largest capacity in chars of a builder that is kept, 256 or more; each char takes one or two
     *     bytes
     * @param maxIdle builders kept ready at most, 0 or more
     * @throws IllegalArgumentException if a value is out of its range
     */
    public static SupervisedPool<StringBuilder> stringBuilders(int largest, int maxIdle) {
        requireAtLeast(largest, INITIAL_CHARS);
        return LockFreePools.create(PoolConfig.builder(() -> new StringBuilder(INITIAL_CHARS))
                .reset(builder -> builder.setLength(0))
                .validator(builder -> builder.capacity() <= largest)
                .maxIdle(maxIdle)
                .build());
    }

    /**
     * Array lists, which are empty when acquired and refer to nothing. The reset takes time for each remaining element.
     *
     * @param <E> the type of the elements
     * @param largest the most elements that a list may ever have had to be kept, 64 or more; its array is up to half as
     *     long again
     * @param maxIdle lists kept ready at most, 0 or more
     * @throws IllegalArgumentException if a value is out of its range
     */
    public static <E> SupervisedPool<List<E>> arrayLists(int largest, int maxIdle) {
        requireAtLeast(largest, INITIAL_ELEMENTS);
        return LockFreePools.create(PoolConfig.<List<E>>builder(GrowthList::new)
                .reset(List::clear)
                .validator(list -> ((GrowthList<E>) list).most <= largest)
                .maxIdle(maxIdle)
                .build());
    }

    /**
     * Hash maps in the order of insertion, which are empty when acquired and refer to nothing. The reset of a map with
     * entries takes time for each place of its table. The table has 128 places or more, and up to three for each entry
     * of the largest number that it ever had.
     *
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param largest the most entries that a map may ever have had to be kept, 64 or more
     * @param maxIdle maps kept ready at most, 0 or more
     * @throws IllegalArgumentException if a value is out of its range
     */
    public static <K, V> SupervisedPool<Map<K, V>> hashMaps(int largest, int maxIdle) {
        requireAtLeast(largest, INITIAL_ELEMENTS);
        return LockFreePools.create(PoolConfig.<Map<K, V>>builder(GrowthMap::new)
                .reset(Map::clear)
                .validator(map -> ((GrowthMap<K, V>) map).most <= largest)
                .maxIdle(maxIdle)
                .build());
    }

    private static void requireAtLeast(int largest, int initial) {
        if (largest < initial) {
            throw new IllegalArgumentException("largest is " + largest + ", must be " + initial + " to "
                    + Integer.MAX_VALUE + ": new objects have room for " + initial);
        }
    }

    /**
     * Byte arrays, which are zeroed when acquired, in powers of two. The reset fills the whole array.
     *
     * @param smallest the smallest array, a power of two
     * @param largest the largest array, a power of two
     * @param maxIdle arrays of each size kept ready at most, 0 or more
     * @throws IllegalArgumentException if a size is no power of two, the largest is less than the smallest, or the
     *     maxIdle is negative
     */
    public static SizedPool<byte[]> byteArrays(int smallest, int largest, int maxIdle) {
        return new SizedPool<>(
                smallest,
                largest,
                array -> array.length,
                size -> PoolConfig.builder(() -> new byte[size])
                        .reset(array -> Arrays.fill(array, (byte) 0))
                        .maxIdle(maxIdle)
                        .build());
    }

    /**
     * Buffers on the Java heap, which are cleared, zeroed and big-endian when acquired, in powers of two. The reset
     * fills the whole buffer. Read-only views and slices are discarded.
     *
     * @param smallest the smallest buffer in bytes, a power of two
     * @param largest the largest buffer in bytes, a power of two
     * @param maxIdle buffers of each size kept ready at most, 0 or more
     * @throws IllegalArgumentException if a size is no power of two, the largest is less than the smallest, or the
     *     maxIdle is negative
     */
    public static SizedPool<ByteBuffer> heapBuffers(int smallest, int largest, int maxIdle) {
        return new SizedPool<>(
                smallest,
                largest,
                ByteBuffer::capacity,
                size -> PoolConfig.builder(() -> ByteBuffer.allocate(size))
                        .reset(buffer -> zero(buffer, isWhole(buffer)))
                        .maxIdle(maxIdle)
                        .build());
    }

    /**
     * Direct buffers, which are cleared, zeroed and big-endian when acquired, in powers of two. The reset fills the
     * whole buffer. Read-only views, slices, and buffers that the pool did not make are discarded. For this a release
     * looks the buffer up in a table of addresses of its size. A duplicate looks like the buffer, so release only one
     * of them. The memory of a discarded buffer is freed by the garbage collector.
     *
     * @param smallest the smallest buffer in bytes, a power of two
     * @param largest the largest buffer in bytes, a power of two
     * @param maxIdle buffers of each size kept ready at most, 0 or more
     * @throws IllegalArgumentException if a size is no power of two, the largest is less than the smallest, or the
     *     maxIdle is negative
     */
    public static SizedPool<ByteBuffer> directBuffers(int smallest, int largest, int maxIdle) {
        return new SizedPool<>(smallest, largest, ByteBuffer::capacity, size -> {
            Set<Long> addresses = ConcurrentHashMap.newKeySet();
            return PoolConfig.builder(() -> {
                        ByteBuffer buffer = ByteBuffer.allocateDirect(size);
                        addresses.add(addressOf(buffer));
                        return buffer;
                    })
                    .reset(buffer -> zero(buffer, addresses.contains(addressOf(buffer))))
                    .destroyer(buffer -> addresses.remove(addressOf(buffer)))
                    .maxIdle(maxIdle)
                    .build();
        });
    }

    /** The address of a buffer. */
    private static long addressOf(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).address() - buffer.position();
    }

    /** Whether it covers its whole array. Throws for a read-only view, and for a direct buffer. */
    private static boolean isWhole(ByteBuffer buffer) {
        return buffer.arrayOffset() == 0 && buffer.array().length == buffer.capacity();
    }

    /**
     * Clears it completely. For a view it throws before it writes, because a view shares its bytes; the view is then
     * discarded.
     */
    private static void zero(ByteBuffer buffer, boolean isOfPool) {
        if (!isOfPool) {
            throw new IllegalArgumentException("The buffer is a part of another, or of another pool");
        }
        buffer.clear().order(ByteOrder.BIG_ENDIAN);
        Zeros.writeTo(MemorySegment.ofBuffer(buffer));
    }

    /** A list that remembers the most elements that it ever had, because its array does not shrink. */
    private static final class GrowthList<E> extends ArrayList<E> {

        @Serial
        private static final long serialVersionUID = 1;

        private int most;

        GrowthList() {
            super(INITIAL_ELEMENTS);
        }

        private boolean grown(boolean changed) {
            most = Math.max(most, size());
            return changed;
        }

        @Override
        public boolean add(E element) {
            return grown(super.add(element));
        }

        @Override
        public void add(int index, E element) {
            super.add(index, element);
            grown(true);
        }

        @Override
        public boolean addAll(Collection<? extends E> elements) {
            return grown(super.addAll(elements));
        }

        @Override
        public boolean addAll(int index, Collection<? extends E> elements) {
            return grown(super.addAll(index, elements));
        }

        @Override
        public void ensureCapacity(int minCapacity) {
            super.ensureCapacity(minCapacity);
            most = Math.max(most, minCapacity);
        }
    }

    /** A map that remembers the most entries that it ever had, because its table does not shrink. */
    private static final class GrowthMap<K, V> extends LinkedHashMap<K, V> {

        @Serial
        private static final long serialVersionUID = 1;

        private int most;

        GrowthMap() {
            super(2 * INITIAL_ELEMENTS); // more than a load factor of 0.75 needs
        }

        /** Called for each entry that is added. */
        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            most = Math.max(most, size());
            return false;
        }

        @Override
        public void putAll(Map<? extends K, ? extends V> entries) {
            most = Math.max(most, entries.size()); // which first makes room, also for keys that it already has
            super.putAll(entries);
        }
    }
}
