package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A map from an address to the slab, region or chunk that lies there. A lookup works for any address, takes no lock,
 * and costs four dependent reads: the table, its array, the leaf, and the element. The first two are the same for every
 * address, so they stay in the nearest cache.
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
 * <p>The allocators that a {@link MappedSource} serves share one map. Each puts its slabs or regions over the chunk
 * that the source has put there, and puts the chunk back when it retires them. So a free needs one look-up, whichever
 * of the allocators has the block. A subclass may count the look-ups.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Readers see the table through one volatile reference; an element of a leaf is written with release and read with
 * acquire. {@link #cover} adds leaves to the table under a lock: first the key, then the leaf with release. A table
 * that is half full is replaced, and one whose leaves are half unused after {@link #uncover}. Otherwise no leaf is
 * removed. So both cost a few steps, amortised. A thread that looks up a block got the block after its granules were
 * covered and {@linkplain #put put}, so it sees them. What was put last stays there as long as a block lies there. A
 * lookup of any other address may see a past state: at worst it finds an address that was known a moment ago.
 *
 * <p>For a block {@link #getOwned plain reads} are enough. Cover and put happen before the block is handed over between
 * threads, and that happens before the lookup. So the lookup reads the table of that cover, with the leaf, or a later
 * table. A later table has the same leaf as long as the granule is covered, and the leaf has what was put. A later
 * table may be seen through a race, but it had the leaf when it was made, and its fields are final, so the leaf is seen
 * (JLS 17.5). For any other address plain reads may see a leaf and not its key, and so find a slab that lies elsewhere:
 * the caller checks that the address lies in the slab.
 *
 * @param <T> what is found
 */
public class AddressMap<T> {

    private static final int LEAF_SHIFT = 8;
    private static final int LEAF_SIZE = 1 << LEAF_SHIFT;

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
        @Nullable Object[] leaf = table.findAcquire(address >>> keyShift);
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
     * leaves; each leaf counts its ranges. Costs a step for each leaf of the range, amortised, under a lock.
     *
     * @param address where the range starts
     * @param byteSize its size in bytes, more than 0
     */
    public synchronized void cover(long address, long byteSize) {
        Table changed = table;
        if (!changed.hasRoomFor(leaves(address, byteSize))) {
            changed = changed.copy(leaves(address, byteSize));
            table = changed;
        }
        for (long key = address >>> keyShift; key <= (address + byteSize - 1) >>> keyShift; key++) {
            changed.use(key);
        }
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
        if (table.isHalfUnused()) {
            table = table.copy(0);
        }
    }

    private int leaves(long address, long byteSize) {
        return Math.toIntExact(((address + byteSize - 1) >>> keyShift) - (address >>> keyShift) + 1);
    }

    /**
     * Sets what lies in a range. For any thread, on ranges that no other thread changes at the same time.
     *
     * @param address where the range starts, aligned to the granule, within a covered range
     * @param byteSize its size in bytes; the last granule may be filled in part
     * @param value what lies there from now on, such as the {@link Extent#origin} of what lay there; null for nothing
     */
    public void put(long address, long byteSize, @Nullable T value) {
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
            @Nullable Object[] leaf = current.findAcquire(granule >>> LEAF_SHIFT);
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
        return current.keys.length * (Long.BYTES + 2L * Integer.BYTES) + current.filled * (16L + LEAF_SIZE * 4L);
    }

    /** Leaves by key: open addressing, at most half full. All but the lookups is done under the lock of the map. */
    private static final class Table {

        private static final VarHandle LEAF = MethodHandles.arrayElementVarHandle(Object[][].class);

        private final long[] keys;
        private final @Nullable Object[] @Nullable [] leaves;
        private final int[] uses;
        private final int hashShift;
        private int filled;
        private int unused;

        Table(int capacity) {
            keys = new long[capacity];
            leaves = new @Nullable Object[capacity] @Nullable [];
            uses = new int[capacity];
            hashShift = Long.numberOfLeadingZeros(capacity - 1L);
        }

        /** The leaves of another table that are in use, and room for more: they are seen by whoever sees this. */
        private Table(Table from, int capacity) {
            this(capacity);
            for (int i = 0; i < from.keys.length; i++) {
                if (from.uses[i] > 0) {
                    add(from.keys[i], from.leaves[i], from.uses[i]);
                }
            }
        }

        /** By plain reads. */
        @Nullable Object @Nullable [] find(long key) {
            return leaves[indexOf(key)];
        }

        @Nullable Object @Nullable [] findAcquire(long key) {
            int index = GoldenHash.index(key, hashShift);
            @Nullable Object[] leaf = (Object[]) LEAF.getAcquire(leaves, index);
            while (leaf != null && keys[index] != key) {
                index = (index + 1) & (keys.length - 1);
                leaf = (Object[]) LEAF.getAcquire(leaves, index);
            }
            return leaf;
        }

        /** The index of the key, or of the free place where it would be. */
        private int indexOf(long key) {
            int mask = keys.length - 1;
            int index = GoldenHash.index(key, hashShift);
            while (leaves[index] != null && keys[index] != key) {
                index = (index + 1) & mask;
            }
            return index;
        }

        boolean hasRoomFor(int more) {
            return 2L * (filled + more) <= keys.length;
        }

        boolean isHalfUnused() {
            return unused > filled / 2;
        }

        /** A table with the leaves that are in use, and room for more, so that it is not copied again soon. */
        Table copy(int more) {
            int used = Math.max(1, filled - unused + more);
            return new Table(this, Integer.highestOneBit(2 * used - 1) * 4);
        }

        void use(long key) {
            int index = indexOf(key);
            if (leaves[index] == null) {
                add(key, new @Nullable Object[LEAF_SIZE], 1);
            } else {
                unused -= uses[index] == 0 ? 1 : 0;
                uses[index]++;
            }
        }

        void unuse(long key) {
            int index = indexOf(key);
            uses[index]--;
            unused += uses[index] == 0 ? 1 : 0;
        }

        private void add(long key, @Nullable Object @Nullable [] leaf, int use) {
            int index = indexOf(key);
            keys[index] = key;
            uses[index] = use;
            filled++;
            LEAF.setRelease(leaves, index, leaf);
        }
    }
}
