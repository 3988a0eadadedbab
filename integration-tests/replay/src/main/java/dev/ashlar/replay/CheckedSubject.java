package dev.ashlar.replay;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A subject whose blocks are checked: size and alignment are as requested, no two live blocks overlap, and each has its
 * own pattern until it is freed. An error throws {@link SubjectFailure}.
 *
 * <p>Concurrency. A block is in the map only while it is certainly live: it is added after its allocation and removed
 * before its free. So two overlapping entries are an error, whatever the threads do. Of two threads that add such
 * blocks, at least the later one sees it.
 */
final class CheckedSubject implements Subject {

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private final Subject subject;
    private final Trace trace;

    /** Live blocks by address. */
    private final ConcurrentSkipListMap<Long, Integer> live = new ConcurrentSkipListMap<>();

    CheckedSubject(Subject subject, Trace trace) {
        this.subject = subject;
        this.trace = trace;
    }

    @Override
    public boolean allocate(int block) {
        if (!subject.allocate(block)) {
            return false;
        }
        MemorySegment memory = live(block);
        if (memory.byteSize() != trace.byteSizes[block]) {
            throw new SubjectFailure("the block has " + memory.byteSize() + " bytes");
        }
        if ((memory.address() & (trace.byteAlignments[block] - 1)) != 0) {
            throw new SubjectFailure("the block starts at " + hex(memory.address()) + ", which is no multiple of "
                    + trace.byteAlignments[block]);
        }
        enter(block, memory.address());
        fill(block, memory);
        return true;
    }

    @Override
    public void free(int block) {
        MemorySegment memory = subject.memory(block);
        if (memory != null) {
            verify(block, memory);
            live.remove(memory.address());
            subject.free(block);
        }
    }

    private MemorySegment live(int block) {
        MemorySegment memory = subject.memory(block);
        if (memory == null) {
            throw new SubjectFailure("block " + block + " was served and is not there");
        }
        return memory;
    }

    private void enter(int block, long address) {
        Integer same = live.putIfAbsent(address, block);
        if (same != null) {
            throw overlap(block, address, same, address);
        }
        Map.Entry<Long, Integer> below = live.lowerEntry(address);
        if (below != null && below.getKey() + trace.byteSizes[below.getValue()] > address) {
            throw overlap(block, address, below.getValue(), below.getKey());
        }
        Map.Entry<Long, Integer> above = live.higherEntry(address);
        if (above != null && address + trace.byteSizes[block] > above.getKey()) {
            throw overlap(block, address, above.getValue(), above.getKey());
        }
    }

    private SubjectFailure overlap(int block, long address, int other, long otherAddress) {
        return new SubjectFailure("the block at " + hex(address) + " (" + trace.byteSizes[block]
                + " bytes) overlaps live block " + other + " at " + hex(otherAddress) + " (" + trace.byteSizes[other]
                + " bytes)");
    }

    private static void fill(int block, MemorySegment memory) {
        long offset = 0;
        for (; offset + Long.BYTES <= memory.byteSize(); offset += Long.BYTES) {
            memory.set(WORD, offset, pattern(block, offset));
        }
        for (; offset < memory.byteSize(); offset++) {
            memory.set(ValueLayout.JAVA_BYTE, offset, tail(block, offset));
        }
    }

    private static void verify(int block, MemorySegment memory) {
        long offset = 0;
        for (; offset + Long.BYTES <= memory.byteSize(); offset += Long.BYTES) {
            verify(memory, offset, pattern(block, offset), memory.get(WORD, offset));
        }
        for (; offset < memory.byteSize(); offset++) {
            verify(memory, offset, tail(block, offset), memory.get(ValueLayout.JAVA_BYTE, offset));
        }
    }

    private static void verify(MemorySegment memory, long offset, long expected, long found) {
        if (expected != found) {
            throw new SubjectFailure("the contents at " + hex(memory.address())
                    + " changed while the block was live: at"
                    + " offset " + offset + " of " + memory.byteSize() + " it holds " + hex(found) + ", written was "
                    + hex(expected));
        }
    }

    /** Different for each word of each block: an odd multiplier maps no two inputs to one. */
    private static long pattern(int block, long offset) {
        return ((long) block << 40 ^ offset) * 0x9E3779B97F4A7C15L;
    }

    /** The pattern of a single byte: the top one, which depends on all of the input. */
    private static byte tail(int block, long offset) {
        return (byte) (pattern(block, offset) >>> 56);
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    @Override
    public @Nullable MemorySegment memory(int block) {
        return subject.memory(block);
    }

    @Override
    public Books books() {
        return subject.books();
    }
}
