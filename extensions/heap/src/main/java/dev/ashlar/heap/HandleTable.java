package dev.ashlar.heap;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where each block is, whether it is pinned, and which handle it has. Works on numbers, without memory.
 *
 * <h2>Design</h2>
 *
 * <p>An entry is a word, and the size of the block. The word has everything that threads race for, so that one
 * compare-and-set decides each race:
 *
 * <pre>
 *   generation : 13 | pins : 6 | address / 8 : 45
 * </pre>
 *
 * <p>The generation is odd while the block is live, and even while the entry is free. It grows with each allocation and
 * each free, and a handle has the generation of its block. After its last generation an entry is not used again: so a
 * handle is never that of another block, at the price of 12 bytes for 4,096 allocations.
 * A handle also has the number of its heap, so one of another heap is refused.
 *
 * <p>Pins are counted up to {@value #MOST_PINS}. One more says that a thread has the block for itself, to move it.
 *
 * <p>Free entries are a stack. The word of a free entry has the next one in place of the address. The head of the stack
 * has a tag that grows with each change, so that a thread cannot take it for one that it saw before (Treiber, 1986).
 *
 * <h2>Concurrency</h2>
 *
 * <p>For any thread. Lock-free, but that a thread waits while another has the block for itself, and while the table
 * grows. The argument:
 *
 * <ul>
 *   <li>A pin is taken by a compare-and-set on a word whose generation is that of the handle. So it is taken while the
 *       block is live.
 *   <li>A block is had alone only by a compare-and-set on a word without pins. As long as a thread has it so, no other
 *       thread changes the word: a pin, a free and another move wait. So whoever has a pin sees no move.
 *   <li>A free makes the generation even, so no pin is taken afterwards. The block is released by the free if the word
 *       had no pins, otherwise by the thread that takes the last pin away. The words in between are totally ordered, so
 *       exactly one thread does it.
 * </ul>
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>An entry is live, or pinned after its free, or on the stack, or never used, or used up.
 * </ul>
 */
final class HandleTable {

    /** The most pins that one block can have at a time. */
    static final int MOST_PINS = 62;

    /** Bytes of an entry. */
    static final int ENTRY_BYTES = 12;

    /** No entry. */
    static final int NONE = -1;

    private static final int ALIGNMENT_SHIFT = 3;
    private static final int PIN_SHIFT = 45;
    private static final int GENERATION_SHIFT = 51;
    private static final long ADDRESS_MASK = (1L << PIN_SHIFT) - 1;
    private static final long PIN = 1L << PIN_SHIFT;
    private static final long PINS_MASK = 63L << PIN_SHIFT;
    private static final long ALONE = PINS_MASK;

    /** The largest address that a word can have. */
    static final long LARGEST_ADDRESS = ADDRESS_MASK << ALIGNMENT_SHIFT;

    private static final int SEGMENT_SHIFT = 10;
    private static final int SEGMENT = 1 << SEGMENT_SHIFT;

    /** The part of the head of the stack that is an entry. */
    private static final long ENTRY_MASK = 0xFFFF_FFFFL;

    private static final AtomicInteger HEAPS = new AtomicInteger();

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    /** The number of this heap, which its handles have. */
    private final int heap = HEAPS.getAndIncrement();

    /** Entries in segments, so that growing moves none. Replaced under the lock of this. */
    private volatile long[][] words = {};

    private volatile int[][] sizes = {};

    /** Entries that were used at least once. */
    private final AtomicInteger used = new AtomicInteger();

    /** The tag, and below it the number of the first free entry plus one. */
    private final AtomicLong free = new AtomicLong();

    private static int generation(long word) {
        return (int) (word >>> GENERATION_SHIFT);
    }

    private static boolean isLive(long word) {
        return (generation(word) & 1) != 0;
    }

    private static long address(long word) {
        return (word & ADDRESS_MASK) << ALIGNMENT_SHIFT;
    }

    private long[] segment(int index) {
        return words[index >>> SEGMENT_SHIFT];
    }

    private static int place(int index) {
        return index & (SEGMENT - 1);
    }

    private long word(int index) {
        return (long) WORD.getVolatile(segment(index), place(index));
    }

    /** How many entries were used at least once: entries from 0 to this have words. */
    int used() {
        return used.get();
    }

    /** Bytes of the table on the heap. */
    long byteSize() {
        return (long) words.length * (SEGMENT * ENTRY_BYTES + 16 + 16 + 4 + 4);
    }

    /**
     * Makes an entry for a block.
     *
     * @param address a multiple of 8, at most {@link #LARGEST_ADDRESS}
     * @param byteSize below 2^32
     */
    Handle add(long address, long byteSize) {
        int index = takeFree();
        int before = 0;
        if (index == NONE) {
            index = used.getAndIncrement();
            if (index < 0) {
                used.getAndDecrement();
                throw new IllegalStateException("The heap has as many handles as it can have: " + Integer.MAX_VALUE);
            }
            grow(index);
        } else {
            before = generation(word(index));
        }
        sizes[index >>> SEGMENT_SHIFT][place(index)] = (int) byteSize;
        int generation = before + 1;
        WORD.setVolatile(
                segment(index), place(index), (long) generation << GENERATION_SHIFT | address >>> ALIGNMENT_SHIFT);
        return Handle.of(Handle.mark(heap, generation), index);
    }

    private void grow(int index) {
        if (index >>> SEGMENT_SHIFT < words.length) {
            return;
        }
        synchronized (this) {
            while (index >>> SEGMENT_SHIFT >= words.length) {
                int[][] moreSizes = Arrays.copyOf(sizes, sizes.length + 1);
                moreSizes[sizes.length] = new int[SEGMENT];
                long[][] moreWords = Arrays.copyOf(words, words.length + 1);
                moreWords[words.length] = new long[SEGMENT];
                sizes = moreSizes; // before the words, which say that there is a segment
                words = moreWords;
            }
        }
    }

    /** A head with the next tag. */
    private static long nextHead(long head, long entryPlusOne) {
        return (((head >>> Integer.SIZE) + 1) << Integer.SIZE) | entryPlusOne;
    }

    private int takeFree() {
        while (true) {
            long head = free.get();
            int index = (int) head - 1;
            if (index == NONE) {
                return NONE;
            }
            long next = word(index) & ADDRESS_MASK;
            if (free.compareAndSet(head, nextHead(head, next))) {
                return index;
            }
        }
    }

    private void putFree(int index, int generation) {
        if (generation + 1 >= Handle.LAST_GENERATION) {
            return; // used up
        }
        while (true) {
            long head = free.get();
            WORD.setVolatile(segment(index), place(index), (long) generation << GENERATION_SHIFT | (head & ENTRY_MASK));
            if (free.compareAndSet(head, nextHead(head, index + 1L))) {
                return;
            }
        }
    }

    /** The segment of the entry of a handle, if it is one of this table: an entry that was never used is not live. */
    private long[] require(Handle handle) {
        long[][] segments = words;
        int segment = handle.index() >>> SEGMENT_SHIFT; // of a negative index it is larger than any
        if (segment >= segments.length) {
            throw new StaleHandleException(handle);
        }
        return segments[segment];
    }

    /** A word of the entry that no thread has alone. Waits for a thread that has it. */
    private long settled(long[] segment, Handle handle) {
        int place = place(handle.index());
        long word = (long) WORD.getVolatile(segment, place);
        while ((word & PINS_MASK) == ALONE) {
            Thread.onSpinWait();
            word = (long) WORD.getVolatile(segment, place);
        }
        if (Handle.mark(heap, generation(word)) != handle.mark() || !isLive(word)) {
            throw new StaleHandleException(handle);
        }
        return word;
    }

    /**
     * Pins a block. The caller calls {@link #unpin} later.
     *
     * @return its address
     * @throws StaleHandleException if it was freed
     * @throws IllegalStateException if it has too many pins
     */
    long pin(Handle handle) {
        long[] segment = require(handle);
        while (true) {
            long word = settled(segment, handle);
            if ((word & PINS_MASK) >>> PIN_SHIFT == MOST_PINS) {
                throw new IllegalStateException(handle + " is pinned " + MOST_PINS + " times, which is the most that it"
                        + " can be. Share a pin among threads");
            }
            if (WORD.compareAndSet(segment, place(handle.index()), word, word + PIN)) {
                return address(word);
            }
        }
    }

    /**
     * Takes a pin away.
     *
     * @return the address of the block if it was freed and this was its last pin: the caller releases it, and then
     *     calls {@link #release}. Otherwise 0
     */
    long unpin(Handle handle) {
        int index = handle.index();
        long word = (long) WORD.getAndAdd(segment(index), place(index), -PIN) - PIN;
        return (word & PINS_MASK) == 0 && !isLive(word) ? address(word) : 0;
    }

    /**
     * Frees a block.
     *
     * @return its address if it had no pin: the caller releases it, and then calls {@link #release}. Otherwise 0
     * @throws StaleHandleException if it was freed before
     */
    long free(Handle handle) {
        long[] segment = require(handle);
        while (true) {
            long word = settled(segment, handle);
            if (WORD.compareAndSet(segment, place(handle.index()), word, word + (1L << GENERATION_SHIFT))) {
                return (word & PINS_MASK) == 0 ? address(word) : 0;
            }
        }
    }

    /** Lets the entry of a freed block be used again. */
    void release(Handle handle) {
        putFree(handle.index(), handle.generation() + 1);
    }

    /** The size of a pinned block, or of one that the caller has alone. */
    long byteSize(Handle handle) {
        return Integer.toUnsignedLong(sizes[handle.index() >>> SEGMENT_SHIFT][place(handle.index())]);
    }

    /**
     * The size of a block at this moment, or -1 if it is pinned.
     *
     * @throws StaleHandleException if it was freed
     */
    long byteSizeUnlessPinned(Handle handle) {
        long word = settled(require(handle), handle);
        return (word & PINS_MASK) == 0 ? byteSize(handle) : -1;
    }

    /**
     * Takes a block alone. The caller calls {@link #leave} later.
     *
     * @return its address, or 0 if it is pinned
     * @throws StaleHandleException if it was freed
     */
    long takeAlone(Handle handle) {
        long[] segment = require(handle);
        while (true) {
            long word = settled(segment, handle);
            if ((word & PINS_MASK) != 0) {
                return 0;
            }
            if (WORD.compareAndSet(segment, place(handle.index()), word, word | ALONE)) {
                return address(word);
            }
        }
    }

    /** Ends {@link #takeAlone}, with the address and size that the block has now. */
    void leave(Handle handle, long address, long byteSize) {
        int index = handle.index();
        sizes[index >>> SEGMENT_SHIFT][place(index)] = (int) byteSize;
        WORD.setVolatile(
                segment(index),
                place(index),
                (long) handle.generation() << GENERATION_SHIFT | address >>> ALIGNMENT_SHIFT);
    }

    /** The address of the live block of an entry, at this moment, or 0. */
    long addressAt(int index) {
        if (index >>> SEGMENT_SHIFT >= words.length) {
            return 0; // another thread is just adding it
        }
        long word = word(index);
        return isLive(word) ? address(word) : 0;
    }

    /** The handle of an entry with a live block, or of the one that it had last. */
    Handle handleAt(int index) {
        return Handle.of(Handle.mark(heap, generation(word(index))), index);
    }

    /** How many entries are on the stack. For tests, while no thread changes the table. */
    int countFree() {
        int count = 0;
        for (int next = (int) free.get(); next != 0; next = (int) (word(next - 1) & ADDRESS_MASK)) {
            count++;
        }
        return count;
    }
}
