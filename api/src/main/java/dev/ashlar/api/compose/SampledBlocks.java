package dev.ashlar.api.compose;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The live blocks that were sampled, by address, and a filter that says of most other blocks with one read that they
 * are not among them.
 *
 * <p><b>Structure.</b> {@value #STRIPES} hash tables with linear probing (Knuth 6.4, algorithms L and R), in primitive
 * arrays, so that neither a walk nor the garbage collector follows a pointer for a block. The upper bits of an
 * address's hash choose the stripe, and with the next ones the bit of the filter. {@code used} counts the entries of a
 * bit: a bit is set if and only if its count is above 0. If every block is sampled, all bits are set for ever.
 *
 * <p><b>Concurrency.</b> A stripe is changed and read under its lock. The bits of a stripe fill whole words of the
 * filter, so all writes of a word are made under one lock, and each happens before the next. {@link #mayHold} reads a
 * word without the lock. A block is added before it is handed out. If a thread got the block from another one in any
 * way that the memory model orders, then setting its bit happens before that read, which therefore returns this value
 * or that of a later write. In all of these the bit is set until the block is removed. So a thread that frees a block
 * that it may use does not miss it. For any other block, a thread may read a stale word and take the lock in vain.
 */
final class SampledBlocks {

    /** So many that threads seldom meet, and that one lock is held for a small part of a walk. */
    static final int STRIPES = 64;

    private static final int STRIPE_BITS = 6;

    /** With four thousand sampled blocks one read in sixteen is in vain. The 8 KiB fit any cache. */
    private static final int FILTER_BITS = 16;

    private static final int SMALLEST = 16;

    /** The fields of an entry in its stripe's array. Address 0 means none: no block has it. */
    private static final int ADDRESS = 0;

    private static final int SIZE = 1;
    private static final int BORN = 2;
    private static final int THREAD = 3;
    private static final int SITE = 4;
    private static final int FIELDS = 5;

    /** In the field of the site: no code has the block's segment any more. */
    private static final long UNREACHABLE = 1L << 32;

    private final Stripe[] stripes = new Stripe[STRIPES];
    private final int[] filter = new int[1 << (FILTER_BITS - 5)];
    private final boolean isOfEvery;

    /** None yet. */
    SampledBlocks(boolean isOfEvery) {
        this.isOfEvery = isOfEvery;
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe(isOfEvery ? 0 : 1 << (FILTER_BITS - STRIPE_BITS));
        }
        if (isOfEvery) {
            Arrays.fill(filter, -1);
        }
    }

    /**
     * What is known of a block.
     *
     * @param address where it starts
     * @param byteSize its requested size
     * @param bornMillis when it was allocated
     * @param thread the number of the thread that allocated it
     * @param threadName the name of that thread
     * @param site the number of its site
     * @param watch reports that its segment is unreachable, or null
     */
    record Entry(
            long address,
            long byteSize,
            long bornMillis,
            long thread,
            String threadName,
            int site,
            @Nullable UnreachableWatch watch) {}

    /** Is shown each block. */
    interface Visitor {
        /** A block, with the facts of an {@link Entry}. */
        void block(
                long address,
                long byteSize,
                long bornMillis,
                long thread,
                String threadName,
                int site,
                boolean unreachable);
    }

    /** Whether a block may be here. False only if it is not. Any thread may call this for a block that it may free. */
    boolean mayHold(long address) {
        long hash = hash(address);
        return (filter[word(hash)] & bit(hash)) != 0;
    }

    /**
     * Adds a block.
     *
     * @return an older entry of the same address, whose block must have been freed elsewhere; or null
     */
    @Nullable Entry add(Entry entry) {
        long hash = hash(entry.address);
        Stripe stripe = stripe(hash);
        synchronized (stripe) {
            Entry older = remove(stripe, hash, entry.address);
            put(stripe, hash, entry);
            return older;
        }
    }

    /** Adds a block again that was removed, unless another block has its address by now. */
    void restore(Entry entry) {
        long hash = hash(entry.address);
        Stripe stripe = stripe(hash);
        synchronized (stripe) {
            if (stripe.find(entry.address, hash) < 0) {
                put(stripe, hash, entry);
            }
        }
    }

    private void put(Stripe stripe, long hash, Entry entry) {
        if (3 * stripe.count >= 2 * stripe.capacity()) {
            stripe.rehash(2 * stripe.capacity());
        }
        stripe.put(entry, hash);
        if (!isOfEvery && stripe.used[bitInStripe(hash)]++ == 0) {
            filter[word(hash)] |= bit(hash);
        }
    }

    /** Removes a block, and returns null if it is not here. */
    @Nullable Entry remove(long address) {
        long hash = hash(address);
        Stripe stripe = stripe(hash);
        synchronized (stripe) {
            Entry entry = remove(stripe, hash, address);
            if (entry != null && stripe.capacity() > SMALLEST && 8 * stripe.count < stripe.capacity()) {
                stripe.rehash(stripe.capacity() / 2);
            }
            return entry;
        }
    }

    private @Nullable Entry remove(Stripe stripe, long hash, long address) {
        int at = stripe.find(address, hash);
        if (at < 0) {
            return null;
        }
        Entry entry = stripe.entry(at);
        stripe.clear(at);
        if (!isOfEvery && --stripe.used[bitInStripe(hash)] == 0) {
            filter[word(hash)] &= ~bit(hash);
        }
        return entry;
    }

    /**
     * Marks a block whose segment no code has any more.
     *
     * @param watch the watch of that block; another block may have its address by now
     * @return the block, or null if it was freed
     */
    @Nullable Entry markUnreachable(long address, UnreachableWatch watch) {
        long hash = hash(address);
        Stripe stripe = stripe(hash);
        synchronized (stripe) {
            int at = stripe.find(address, hash);
            if (at < 0 || stripe.watches[at] != watch) {
                return null;
            }
            stripe.entries[at * FIELDS + SITE] |= UNREACHABLE;
            return stripe.entry(at);
        }
    }

    /** Shows every block, stripe by stripe. */
    void forEach(Visitor visitor) {
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                stripe.forEach(visitor);
            }
        }
    }

    /** Checks what the class's comment says. For tests. */
    void checkInvariants() {
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                stripe.checkInvariants();
                for (int bit = 0; bit < stripe.used.length; bit++) {
                    int index = (indexOf(stripe) << (FILTER_BITS - STRIPE_BITS)) | bit;
                    boolean isSet = (filter[index >>> 5] & (1 << index)) != 0;
                    if (isSet != stripe.used[bit] > 0) {
                        throw new AssertionError("bit " + index + " is " + isSet + ", used " + (int) stripe.used[bit]);
                    }
                }
            }
        }
    }

    private int indexOf(Stripe stripe) {
        return Arrays.asList(stripes).indexOf(stripe);
    }

    /** Fibonacci hashing: the upper bits are the best. */
    private static long hash(long address) {
        return address * 0x9E3779B97F4A7C15L;
    }

    private Stripe stripe(long hash) {
        return stripes[(int) (hash >>> -STRIPE_BITS)];
    }

    private static int word(long hash) {
        return (int) (hash >>> -(FILTER_BITS - 5));
    }

    /** A shift of an int uses the lowest five bits of the distance. */
    private static int bit(long hash) {
        return 1 << (int) (hash >>> -FILTER_BITS);
    }

    private static int bitInStripe(long hash) {
        return (int) (hash >>> -FILTER_BITS) & ((1 << (FILTER_BITS - STRIPE_BITS)) - 1);
    }

    /** A hash table. Guarded by itself. */
    private static final class Stripe {

        private long[] entries = new long[SMALLEST * FIELDS];
        private String[] threadNames = new String[SMALLEST];
        private @Nullable UnreachableWatch[] watches = new UnreachableWatch[SMALLEST];
        private final char[] used;
        private int count;

        Stripe(int bits) {
            used = new char[bits];
        }

        int capacity() {
            return threadNames.length;
        }

        /** Where an entry with a hash belongs, if nothing else is there: by the upper bits that no filter uses. */
        private int home(long hash) {
            return (int) (hash >>> (64 - FILTER_BITS - Integer.numberOfTrailingZeros(capacity()))) & (capacity() - 1);
        }

        private long address(int at) {
            return entries[at * FIELDS + ADDRESS];
        }

        private int next(int at) {
            return (at + 1) & (capacity() - 1);
        }

        /** Where an address is, or -1. */
        int find(long address, long hash) {
            for (int at = home(hash); address(at) != 0; at = next(at)) {
                if (address(at) == address) {
                    return at;
                }
            }
            return -1;
        }

        Entry entry(int at) {
            int i = at * FIELDS;
            return new Entry(
                    entries[i + ADDRESS],
                    entries[i + SIZE],
                    entries[i + BORN],
                    entries[i + THREAD],
                    threadNames[at],
                    (int) entries[i + SITE],
                    watches[at]);
        }

        /** Puts an entry whose address is not here. There is room. */
        void put(Entry entry, long hash) {
            int at = home(hash);
            while (address(at) != 0) {
                at = next(at);
            }
            int i = at * FIELDS;
            entries[i + ADDRESS] = entry.address;
            entries[i + SIZE] = entry.byteSize;
            entries[i + BORN] = entry.bornMillis;
            entries[i + THREAD] = entry.thread;
            entries[i + SITE] = entry.site;
            threadNames[at] = entry.threadName;
            watches[at] = entry.watch;
            count++;
        }

        /** Removes an entry, and moves those after it that could not be found otherwise. */
        void clear(int at) {
            int gap = at;
            for (int from = next(gap); address(from) != 0; from = next(from)) {
                int distance = (from - home(hash(address(from)))) & (capacity() - 1);
                if (distance >= ((from - gap) & (capacity() - 1))) {
                    move(from, gap);
                    gap = from;
                }
            }
            entries[gap * FIELDS + ADDRESS] = 0;
            threadNames[gap] = "";
            watches[gap] = null;
            count--;
        }

        private void move(int from, int to) {
            System.arraycopy(entries, from * FIELDS, entries, to * FIELDS, FIELDS);
            threadNames[to] = threadNames[from];
            watches[to] = watches[from];
        }

        void rehash(int capacity) {
            long[] newEntries = new long[capacity * FIELDS]; // all first, so that a lack of memory changes nothing
            String[] newNames = new String[capacity];
            @Nullable UnreachableWatch[] newWatches = new UnreachableWatch[capacity];
            long[] before = entries;
            String[] namesBefore = threadNames;
            @Nullable UnreachableWatch[] watchesBefore = watches;
            entries = newEntries;
            threadNames = newNames;
            watches = newWatches;
            for (int from = 0; from < namesBefore.length; from++) {
                long address = before[from * FIELDS + ADDRESS];
                if (address != 0) {
                    int to = home(hash(address));
                    while (address(to) != 0) {
                        to = next(to);
                    }
                    System.arraycopy(before, from * FIELDS, entries, to * FIELDS, FIELDS);
                    threadNames[to] = namesBefore[from];
                    watches[to] = watchesBefore[from];
                }
            }
        }

        void forEach(Visitor visitor) {
            for (int at = 0; at < capacity(); at++) {
                if (address(at) != 0) {
                    int i = at * FIELDS;
                    visitor.block(
                            entries[i + ADDRESS],
                            entries[i + SIZE],
                            entries[i + BORN],
                            entries[i + THREAD],
                            threadNames[at],
                            (int) entries[i + SITE],
                            (entries[i + SITE] & UNREACHABLE) != 0);
                }
            }
        }

        void checkInvariants() {
            int found = 0;
            for (int at = 0; at < capacity(); at++) {
                if (address(at) != 0) {
                    found++;
                    if (find(address(at), hash(address(at))) != at) {
                        throw new AssertionError("the entry at " + at + " is not found");
                    }
                }
            }
            if (found != count) {
                throw new AssertionError(found + " entries, count " + count);
            }
        }
    }
}
