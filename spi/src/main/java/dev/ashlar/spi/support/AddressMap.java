package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A map from an address to the slab, region or chunk that lies there. A lookup works for any address, takes no lock,
 * and costs three dependent reads.
 *
 * <h2>Design</h2>
 *
 * <p>Two levels. Address space is divided into granules. 256 neighbouring granules share a <em>leaf</em>, an array with
 * one reference for each. A hash table with linear probing, at most half full, finds the leaf. Memory from one source
 * tends to lie close together. So there are few leaves and the table stays in the nearest cache, which a flat table of
 * granules would not. A radix tree over 64 bits would need more reads, and one over 48 bits could not hold every
 * address.
 *
 * <p>The map costs 4 bytes a granule (with compressed references) and some 50 bytes a leaf.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Readers see the table through one volatile reference; an element of a leaf is written with release and read with
 * acquire. A published table is never changed: {@link #cover} and {@link #uncover} replace it under a lock. A thread
 * that looks up a block got the block after its granules were covered and {@linkplain #put put}, so it sees them. A
 * lookup of any other address may see a past state: at worst it finds an address that was known a moment ago.
 *
 * <p>For a block {@link #getOwned plain reads} are enough. Cover and put happen before the block is handed over between
 * threads, and that happens before the lookup. So the lookup reads the table of that cover or a later one. A later
 * table has the same leaf as long as the granule is covered, and the leaf has what was put. A later table may be seen
 * through a race, but its fields are final and were filled before it was made, so it is seen completely (JLS 17.5).
 *
 * @param <T> what is found
 */
public final class AddressMap<T> {

    private static final int LEAF_SHIFT = 8;
    private static final int LEAF_SIZE = 1 << LEAF_SHIFT;

    /** 2^64 divided by the golden ratio: spreads neighbouring keys evenly (Knuth, TAOCP 3, 6.4). */
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle TABLE = VarHandles.of(MethodHandles.lookup(), "table", Table.class);

    private final int granuleShift;
    private final int keyShift;
    private volatile Table table = new Table(2);

    /**
     * An empty map.
     *
     * @param granule the unit of address space in bytes, a power of two; every range that is put must be aligned to it
     * @throws IllegalArgumentException if it is no power of two
     */
    public AddressMap(long granule) {
        if (Long.bitCount(granule) != 1) {
            throw new IllegalArgumentException("granule is " + granule + ", must be a power of two");
        }
        granuleShift = Long.numberOfTrailingZeros(granule);
        keyShift = granuleShift + LEAF_SHIFT;
    }

    /**
     * What lies at an address. Any thread may call this. Takes no lock.
     *
     * @param address any address
     * @return what was put there, or null
     */
    @SuppressWarnings("unchecked") // only put writes elements
    public @Nullable T get(long address) {
        @Nullable Object[] leaf = table.find(address >>> keyShift);
        return leaf == null ? null : (T) ELEMENT.getAcquire(leaf, (int) (address >>> granuleShift) & (LEAF_SIZE - 1));
    }

    /**
     * What lies at the address of a block that the caller got. For such an address it is the same as {@link #get}, with
     * plain reads, so the compiler may reuse values that it has read. For any other address the result may be out of
     * date. Of a value that was put meanwhile only the final fields are certainly visible.
     *
     * @param address that of a block, or any other
     * @return what was put there, or null
     */
    @SuppressWarnings("unchecked") // only put writes elements
    public @Nullable T getOwned(long address) {
        @Nullable Object[] leaf = ((Table) TABLE.get(this)).find(address >>> keyShift);
        return leaf == null ? null : (T) leaf[(int) (address >>> granuleShift) & (LEAF_SIZE - 1)];
    }

    /**
     * Makes room for a range of addresses, in which {@link #put} and {@link #remove} then work. Ranges may share
     * leaves; each leaf counts its ranges. The whole table is copied under a lock, so this costs time in proportion to
     * all leaves. It is for a chunk, not for a block.
     *
     * @param address where the range starts
     * @param byteSize its size in bytes, more than 0
     */
    public synchronized void cover(long address, long byteSize) {
        Table changed = table.copy(leaves(address, byteSize));
        for (long key = address >>> keyShift; key <= (address + byteSize - 1) >>> keyShift; key++) {
            changed.use(key);
        }
        table = new Table(changed);
    }

    /**
     * Undoes {@link #cover} for a range in which nothing is put any more, at the same cost.
     *
     * @param address where the range starts
     * @param byteSize its size in bytes
     */
    public synchronized void uncover(long address, long byteSize) {
        for (long key = address >>> keyShift; key <= (address + byteSize - 1) >>> keyShift; key++) {
            table.unuse(key);
        }
        table = new Table(table.copy(0));
    }

    private int leaves(long address, long byteSize) {
        return Math.toIntExact(((address + byteSize - 1) >>> keyShift) - (address >>> keyShift) + 1);
    }

    /**
     * Sets what lies in a range. For any thread, on ranges that no other thread changes at the same time.
     *
     * @param address where the range starts, aligned to the granule, within a covered range
     * @param byteSize its size in bytes; the last granule may be filled in part
     * @param value what lies there
     */
    public void put(long address, long byteSize, T value) {
        fill(address, byteSize, value);
    }

    /**
     * Removes what lies in a range. For any thread, on ranges that no other thread changes at the same time.
     *
     * @param address where the range starts, aligned to the granule, within a covered range
     * @param byteSize its size in bytes
     */
    public void remove(long address, long byteSize) {
        fill(address, byteSize, null);
    }

    private void fill(long address, long byteSize, @Nullable T value) {
        Table current = table;
        long last = (address + byteSize - 1) >>> granuleShift;
        for (long granule = address >>> granuleShift; granule <= last; granule++) {
            @Nullable Object[] leaf = current.find(granule >>> LEAF_SHIFT);
            if (leaf == null) {
                throw new IllegalStateException(
                        "0x" + Long.toHexString(granule << granuleShift) + " lies in no covered range");
            }
            ELEMENT.setRelease(leaf, (int) granule & (LEAF_SIZE - 1), value);
        }
    }

    /** Bytes that this map takes on the heap, estimated for compressed references. */
    public long metadataBytes() {
        Table current = table;
        return current.keys.length * (Long.BYTES + 2L * Integer.BYTES) + current.size * (16L + LEAF_SIZE * 4L);
    }

    /** Leaves by key: open addressing, at most half full. Not changed once published, but for the use counts. */
    private static final class Table {
        private final long[] keys;
        private final @Nullable Object[] @Nullable [] leaves;
        private final int[] uses;
        private final int hashShift;
        private int size;

        Table(int capacity) {
            keys = new long[capacity];
            leaves = new @Nullable Object[capacity] @Nullable [];
            uses = new int[capacity];
            hashShift = Long.numberOfLeadingZeros(capacity - 1L);
        }

        /**
         * A filled table. A thread that sees this object sees its content, because its fields are final.
         */
        Table(Table filled) {
            keys = filled.keys;
            leaves = filled.leaves;
            uses = filled.uses;
            hashShift = filled.hashShift;
            size = filled.size;
        }

        @Nullable Object @Nullable [] find(long key) {
            return leaves[indexOf(key)];
        }

        /** The place of the key, or the free place for it. */
        private int indexOf(long key) {
            int mask = keys.length - 1;
            int index = (int) ((key * GOLDEN) >>> hashShift);
            while (leaves[index] != null && keys[index] != key) {
                index = (index + 1) & mask;
            }
            return index;
        }

        /** A table with the leaves in use, and room for more. */
        Table copy(int more) {
            int needed = more;
            for (int use : uses) {
                needed += use > 0 ? 1 : 0;
            }
            Table copy = new Table(Math.max(2, Integer.highestOneBit(Math.max(1, needed * 2 - 1)) * 2));
            for (int i = 0; i < keys.length; i++) {
                if (uses[i] > 0) {
                    copy.add(keys[i], leaves[i], uses[i]);
                }
            }
            return copy;
        }

        void use(long key) {
            int index = indexOf(key);
            if (leaves[index] == null) {
                add(key, new @Nullable Object[LEAF_SIZE], 1);
            } else {
                uses[index]++;
            }
        }

        void unuse(long key) {
            uses[indexOf(key)]--;
        }

        private void add(long key, @Nullable Object @Nullable [] leaf, int use) {
            int index = indexOf(key);
            keys[index] = key;
            leaves[index] = leaf;
            uses[index] = use;
            size++;
        }
    }
}
