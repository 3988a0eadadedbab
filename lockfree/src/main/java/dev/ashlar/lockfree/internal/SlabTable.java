package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.AddressMap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All slabs that have a size class, by index and by address.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free. The array is replaced by CAS when a slab is added, and read plainly. That is a benign race: a thread has a
 * round only after it took it from a slab, a magazine or a depot by an atomic operation that came after the slab was
 * added, so it sees an array that has the slab.
 *
 * <p>An index is recycled by whoever holds the slab when it is retired: then it is in no list, and no round of it is left.
 */
final class SlabTable {

    private static final VarHandle TABLE;

    static {
        try {
            TABLE = MethodHandles.lookup().findVarHandle(SlabTable.class, "table", Slab[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final IndexLinks links = new IndexLinks(0);
    private final TaggedStack unusedIndices = new TaggedStack(links);
    private final AtomicInteger indices = new AtomicInteger();
    private final AddressMap<Slab> addresses;
    private @Nullable Slab[] table = new @Nullable Slab[0];

    /**
     * An empty table.
     *
     * @param addresses which slab lies where
     */
    SlabTable(AddressMap<Slab> addresses) {
        this.addresses = addresses;
    }

    /** Links for stacks of slabs. */
    IndexLinks links() {
        return links;
    }

    /** The slab of a round. */
    Slab of(long round) {
        return get(Slab.indexOf(round));
    }

    /** The slab at an index that the caller has from a list or a round. */
    @SuppressWarnings("NullAway") // added before the index was given to anybody
    Slab get(int index) {
        return table[index];
    }

    /** The slab that an address lies in, or null. */
    @Nullable Slab at(long address) {
        return addresses.get(address);
    }

    /** An index for a slab. */
    int newIndex() {
        int index = unusedIndices.pop();
        if (index == TaggedStack.NONE) {
            index = indices.getAndIncrement();
            if (index > TaggedStack.MAX_INDEX) {
                throw new IllegalStateException("More slabs than " + TaggedStack.MAX_INDEX);
            }
            links.cover(index);
        }
        return index;
    }

    void recycle(int index) {
        unusedIndices.push(index);
    }

    void add(Slab slab) {
        @Nullable Slab[] seen;
        @Nullable Slab[] more;
        do {
            seen = (@Nullable Slab[]) TABLE.getVolatile(this);
            more = Arrays.copyOf(seen, Math.max(seen.length, slab.index + 1));
            more[slab.index] = slab;
        } while (!TABLE.compareAndSet(this, seen, more));
        addresses.put(slab.address, slab.byteSize(), slab);
    }

    /** Lets nobody find a retired slab by address any more. */
    void remove(Slab slab) {
        addresses.remove(slab.address, slab.byteSize());
    }

    /** What the table and all slabs take on the heap, without the map of addresses. */
    long metadataBytes() {
        @Nullable Slab[] slabs = (@Nullable Slab[]) TABLE.getVolatile(this);
        long bytes = links.metadataBytes() + TaggedStack.metadataBytes() + 16 + slabs.length * 4L;
        for (Slab slab : slabs) {
            bytes += slab == null || slab.isRetired() ? 0 : slab.metadataBytes();
        }
        return bytes;
    }
}
