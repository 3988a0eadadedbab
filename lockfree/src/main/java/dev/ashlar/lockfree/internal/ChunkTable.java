package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.AddressMap;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All chunks that have a size class, by index and by address.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free. The array is replaced by CAS when a chunk is added, and read plainly. That is a benign race: a thread has a
 * round only after it took it from a chunk, a magazine or a depot by an atomic operation that came after the chunk was
 * added, so it sees an array that has the chunk.
 *
 * <p>An index is recycled by whoever holds the chunk when it is retired: then it is in no list, and no round of it is left.
 */
final class ChunkTable {

    private static final VarHandle TABLE;

    static {
        try {
            TABLE = MethodHandles.lookup().findVarHandle(ChunkTable.class, "table", Chunk[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final IndexLinks links = new IndexLinks(0);
    private final TaggedStack unusedIndices = new TaggedStack(links);
    private final AtomicInteger indices = new AtomicInteger();
    private final AddressMap<Chunk> addresses = new AddressMap<>(Chunk.PAGE);
    private @Nullable Chunk[] table = new @Nullable Chunk[0];

    /** Links for stacks of chunks. */
    IndexLinks links() {
        return links;
    }

    /** The chunk of a round. */
    Chunk of(long round) {
        return get(Chunk.indexOf(round));
    }

    /** The chunk at an index that the caller has from a list or a round. */
    @SuppressWarnings("NullAway") // added before the index was given to anybody
    Chunk get(int index) {
        return table[index];
    }

    /** The chunk that an address lies in, or null. */
    @Nullable Chunk at(long address) {
        return addresses.get(address);
    }

    /** Makes room for the addresses of memory that was taken from the source. Takes a lock. */
    void cover(long address, long byteSize) {
        addresses.cover(address, byteSize);
    }

    /** Undoes {@link #cover}. Takes a lock. */
    void uncover(long address, long byteSize) {
        addresses.uncover(address, byteSize);
    }

    /** An index for a chunk. */
    int newIndex() {
        int index = unusedIndices.pop();
        if (index == TaggedStack.NONE) {
            index = indices.getAndIncrement();
            if (index > TaggedStack.MAX_INDEX) {
                throw new IllegalStateException("More chunks than " + TaggedStack.MAX_INDEX);
            }
            links.cover(index);
        }
        return index;
    }

    void recycle(int index) {
        unusedIndices.push(index);
    }

    void add(Chunk chunk) {
        @Nullable Chunk[] seen;
        @Nullable Chunk[] more;
        do {
            seen = (@Nullable Chunk[]) TABLE.getVolatile(this);
            more = Arrays.copyOf(seen, Math.max(seen.length, chunk.index + 1));
            more[chunk.index] = chunk;
        } while (!TABLE.compareAndSet(this, seen, more));
        addresses.put(chunk.address, chunk.byteSize(), chunk);
    }

    /** Lets nobody find a retired chunk by address any more. */
    void remove(Chunk chunk) {
        addresses.remove(chunk.address, chunk.byteSize());
    }

    /** Calls back for each chunk that is not retired. */
    void forEach(Consumer<Chunk> visitor) {
        for (Chunk chunk : (@Nullable Chunk[]) TABLE.getVolatile(this)) {
            if (chunk != null && !chunk.isRetired()) {
                visitor.accept(chunk);
            }
        }
    }

    /** What the tables and all chunks take on the heap. */
    long metadataBytes() {
        long[] bytes = {
            addresses.metadataBytes() + links.metadataBytes() + TaggedStack.metadataBytes() + 16 + table.length * 4L
        };
        forEach(chunk -> bytes[0] += chunk.metadataBytes());
        return bytes[0];
    }
}
