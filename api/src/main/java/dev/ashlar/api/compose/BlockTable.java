package dev.ashlar.api.compose;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of blocks by their address: requested size, redzone, and whether the block is live. The entries are in
 * primitive arrays. A look-up reads one bucket of {@value #BUCKET} addresses in the newest part, and seldom more.
 *
 * <p><b>Design.</b> The table is a chain of parts, each twice as large as the one before it. An entry never moves. A
 * block may lie in one bucket of each part, and takes the first free entry, in the newest part first. If all of its
 * buckets are full, a new part is added. So the table grows without a copy, and never shrinks: it is as large as the
 * most live blocks needed. An entry that is free keeps the data of its last block until another block takes it, which
 * tells a block freed twice from memory that was never a block.
 *
 * <p><b>Concurrency.</b> No thread waits. An entry has a state word, which holds a generation that every change
 * increments. A thread changes an entry only after it has claimed it, by a compare-and-set of the state word to {@link
 * Kind#BUSY}. Address and size are written between the claim and the release store that publishes the entry. A reader
 * reads the state, then address and size, and then the state again, or claims the entry. If the state word is the same,
 * no other thread has claimed the entry meanwhile, so what was read belongs together. So of several frees of a block
 * exactly one claims it, whatever the allocator underneath does with frees that race.
 *
 * <p>An address is live in at most one entry, because upstream hands a block out only once.
 */
final class BlockTable {

    /** Entries of a bucket: as many addresses as a cache line has. */
    static final int BUCKET = 8;

    private static final int FIRST_ENTRIES = 1024;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    /** What an entry is. */
    enum Kind {
        /** No block. The data of the last one may still be there. */
        FREE,
        /** A thread is changing it. */
        BUSY,
        /** A block that was handed out. */
        LIVE,
        /** A block that was freed and whose memory has not gone back upstream. */
        QUARANTINED;

        private static final Kind[] ALL = values();

        @SuppressWarnings("EnumOrdinal") // the bits of a state word, which leave no process
        private long bits() {
            return ordinal();
        }
    }

    private static final long KIND_BITS = 3;
    private static final int GUARDED_BIT = 2;
    private static final int FRONT_SHIFT = 3;
    private static final long FRONT_BITS = 63;
    private static final int GENERATION_SHIFT = 9;

    private final AtomicReference<Part> newest;

    private final boolean notes;

    /**
     * An empty table.
     *
     * @param notes whether blocks may have notes
     */
    BlockTable(boolean notes) {
        this.notes = notes;
        this.newest = new AtomicReference<>(new Part(FIRST_ENTRIES, null, notes));
    }

    /** Some of the entries: a power of two. */
    private static final class Part {
        private final long[] states;
        private final long[] addresses;
        private final long[] sizes;
        private final @Nullable BlockNote @Nullable [] notes;
        private final @Nullable Part older;
        private final int shift;

        Part(int entries, @Nullable Part older, boolean notes) {
            this.states = new long[entries];
            this.addresses = new long[entries];
            this.sizes = new long[entries];
            this.notes = notes ? new BlockNote[entries] : null;
            this.older = older;
            this.shift = Long.numberOfLeadingZeros(entries / BUCKET - 1L);
        }

        /** The first entry of an address's bucket, by Fibonacci hashing. */
        int bucketOf(long address) {
            return (int) (((address >>> 3) * 0x9E3779B97F4A7C15L) >>> shift) * BUCKET;
        }

        long state(int index) {
            return (long) LONGS.getAcquire(states, index);
        }

        long address(int index) {
            return (long) LONGS.getOpaque(addresses, index);
        }
    }

    /**
     * An entry at one moment. Its data is what it was at that moment only while the thread has claimed it, or if {@link
     * #isUnchanged} afterwards.
     */
    static final class Entry {
        private final Part part;
        private final int index;
        private long state;

        private Entry(Part part, int index, long state) {
            this.part = part;
            this.index = index;
            this.state = state;
        }

        Kind kind() {
            return BlockTable.kind(state);
        }

        /** Where the block that the client has starts. */
        long address() {
            return part.address(index);
        }

        /** The requested size. */
        long byteSize() {
            return (long) LONGS.getOpaque(part.sizes, index);
        }

        /** Bytes from the start of upstream's block to the client's: 0 or a power of two. */
        long front() {
            long code = (state >>> FRONT_SHIFT) & FRONT_BITS;
            return code == 0 ? 0 : 1L << (code - 1);
        }

        boolean isGuarded() {
            return ((state >>> GUARDED_BIT) & 1) != 0;
        }

        @Nullable BlockNote note() {
            return part.notes == null ? null : part.notes[index];
        }

        /** Whether no thread has changed the entry since it was read. */
        boolean isUnchanged() {
            VarHandle.acquireFence();
            return part.state(index) == state;
        }

        /** Claims it, if no thread has changed it since it was read. */
        boolean claim() {
            long busy = BlockTable.next(state, Kind.BUSY);
            if (!LONGS.compareAndSet(part.states, index, state, busy)) {
                return false;
            }
            state = busy;
            return true;
        }

        /** Ends a claim. */
        void become(Kind kind) {
            state = BlockTable.next(state, kind);
            LONGS.setRelease(part.states, index, state);
        }
    }

    private static Kind kind(long state) {
        return Kind.ALL[(int) (state & KIND_BITS)];
    }

    /** The state word of the next generation. */
    private static long next(long state, Kind kind) {
        return ((state & ~KIND_BITS) | kind.bits()) + (1L << GENERATION_SHIFT);
    }

    private static long frontCode(long front) {
        return front == 0 ? 0 : Long.numberOfTrailingZeros(front) + 1;
    }

    /**
     * Adds a live block.
     *
     * @param address where the client's block starts, not 0
     * @param byteSize its requested size
     * @param front bytes of upstream's block before it, 0 or a power of two
     * @param guarded whether it is a guarded block
     * @param note what else is known of it
     */
    void add(long address, long byteSize, long front, boolean guarded, @Nullable BlockNote note) {
        while (true) {
            Part head = newest.get();
            for (Part part = head; part != null; part = part.older) {
                int bucket = part.bucketOf(address);
                for (int i = bucket; i < bucket + BUCKET; i++) {
                    long state = part.state(i);
                    if (kind(state) == Kind.FREE) {
                        Entry entry = new Entry(part, i, state);
                        if (entry.claim()) {
                            fill(entry, address, byteSize, front, guarded, note);
                            return;
                        }
                    }
                }
            }
            Part larger = new Part(2 * head.states.length, head, notes);
            newest.compareAndSet(head, larger); // if another thread was first, its part is used
        }
    }

    private static void fill(
            Entry entry, long address, long byteSize, long front, boolean guarded, @Nullable BlockNote note) {
        VarHandle.storeStoreFence(); // who sees the new data sees that the entry is busy
        LONGS.setOpaque(entry.part.addresses, entry.index, address);
        LONGS.setOpaque(entry.part.sizes, entry.index, byteSize);
        if (entry.part.notes != null) {
            entry.part.notes[entry.index] = note;
        }
        entry.state &= (-1L << GENERATION_SHIFT) | KIND_BITS;
        entry.state |= (frontCode(front) << FRONT_SHIFT) | (guarded ? 1L << GUARDED_BIT : 0);
        entry.become(Kind.LIVE);
    }

    /** The live entry of an address, or null. */
    @Nullable Entry live(long address) {
        return find(address, entry -> entry.kind() == Kind.LIVE);
    }

    /** An entry of an address that is not live, or null: a block that is being freed or quarantined, or was freed. */
    @Nullable Entry former(long address) {
        Entry held = find(address, entry -> entry.kind() == Kind.BUSY || entry.kind() == Kind.QUARANTINED);
        return held == null ? find(address, entry -> entry.kind() == Kind.FREE) : held;
    }

    private @Nullable Entry find(long address, Predicate<Entry> isWanted) {
        if (address == 0) {
            return null;
        }
        for (Part part = newest.get(); part != null; part = part.older) {
            int bucket = part.bucketOf(address);
            for (int i = bucket; i < bucket + BUCKET; i++) {
                while (part.address(i) == address) {
                    Entry entry = new Entry(part, i, part.state(i));
                    // the address again, after the state: another block may have taken the entry before
                    boolean isFound = isWanted.test(entry) && entry.address() == address;
                    if (entry.isUnchanged()) {
                        if (isFound) {
                            return entry;
                        }
                        break;
                    }
                }
            }
        }
        return null;
    }

    /** The entry of the block that upstream knows by an address, live or quarantined, or null. */
    @Nullable Entry ofUpstream(long base, long largestFront) {
        for (long front = 0; front <= largestFront && front >= 0; front = front == 0 ? 1 : front << 1) {
            for (Entry entry : new @Nullable Entry[] {live(base + front), former(base + front)}) {
                if (entry != null && entry.front() == front && entry.kind() != Kind.FREE) {
                    return entry;
                }
            }
        }
        return null;
    }

    /** Passes each entry that holds the data of a block, or of a former one. It may have changed since. */
    void forEach(Consumer<Entry> action) {
        for (Part part = newest.get(); part != null; part = part.older) {
            for (int i = 0; i < part.states.length; i++) {
                if (part.address(i) != 0) {
                    action.accept(new Entry(part, i, part.state(i)));
                }
            }
        }
    }

    /** The memory of the table in bytes. */
    long byteSize() {
        long entries = 0;
        for (Part part = newest.get(); part != null; part = part.older) {
            entries += part.states.length;
        }
        return entries * (3 * Long.BYTES + (notes ? Integer.BYTES : 0));
    }
}
