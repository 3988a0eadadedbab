package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * A window of live blocks of one thread, which are replaced one after another. Which block is replaced, and the size of
 * the new one, are drawn in advance from a fixed seed, the same for every subject. The blocks are not freed at the end.
 */
abstract class Window {

    /** The largest number of live blocks. */
    static final int BLOCKS = 8192;

    /** The blocks of a window.
     *
     * @param blocks the number of blocks, at most {@link #BLOCKS}
     * @param smallest the smallest size in bytes
     * @param largest the largest size in bytes; sizes are uniform over the logarithm
     */
    record Load(int blocks, int smallest, int largest) {

        /** Sizes as in most programs, 19 MB in total. */
        static final Load SMALL = new Load(BLOCKS, 16, 16 * 1024);

        /** Buffers, about 43 MB in total. */
        static final Load LARGE = new Load(128, 64 * 1024, 1024 * 1024);
    }

    /**
     * The number of replacements that are drawn, a power of two. After these they repeat. Each block is replaced at
     * least eight times before that.
     */
    private static final int REPLACEMENTS = 8 * BLOCKS;

    /** The bytes that windows without an allocator use: about as many as the live blocks of the others. */
    private static final long MEMORY = 24 << 20;

    private static final long PAGE = 4096;

    private static final long SEED = 0x9E3779B97F4A7C15L;

    private final int[] victims = new int[REPLACEMENTS];
    private final int[] byteSizes = new int[REPLACEMENTS];
    private final Load load;
    private int next;

    /** A sum in windows without an allocator, so that each removed block is read from the array. */
    long removed;

    /**
     * Draws the replacements.
     *
     * @param load the blocks of the window
     * @param thread the number of the thread, so that threads do different things
     */
    Window(Load load, int thread) {
        this.load = load;
        SplittableRandom random = new SplittableRandom(SEED + thread);
        double doublings = (double) load.largest / load.smallest;
        for (int i = 0; i < REPLACEMENTS; i++) {
            victims[i] = random.nextInt(load.blocks);
            byteSizes[i] = (int) (load.smallest * Math.pow(doublings, random.nextDouble()));
        }
    }

    /** A window of small blocks. */
    Window(int thread) {
        this(Load.SMALL, thread);
    }

    /** Makes all blocks live. */
    final Window fill() {
        for (int block = 0; block < load.blocks; block++) {
            put(block, byteSizes[block]);
        }
        return this;
    }

    /** Frees a random block, allocates another of random size, and writes the first byte of that. */
    final void replaceNext() {
        int at = next;
        next = (at + 1) & (REPLACEMENTS - 1);
        int victim = victims[at];
        remove(victim);
        put(victim, byteSizes[at]);
    }

    abstract void put(int block, int byteSize);

    abstract void remove(int block);

    /** A window of segments. */
    static final class OfSegments extends Window {

        private final Allocator allocator;
        private final MemorySegment[] blocks = new MemorySegment[BLOCKS];

        OfSegments(Allocator allocator, int thread) {
            this(allocator, Load.SMALL, thread);
        }

        OfSegments(Allocator allocator, Load load, int thread) {
            super(load, thread);
            this.allocator = allocator;
        }

        @Override
        void put(int block, int byteSize) {
            MemorySegment segment = allocator.allocate(byteSize, AllocatorBenchmark.ALIGNMENT);
            FirstByte.touch(segment);
            blocks[block] = segment;
        }

        @Override
        void remove(int block) {
            allocator.free(blocks[block]);
        }
    }

    /** A window of addresses. It must store the sizes too. */
    static final class OfAddresses extends Window {

        private final AddressAllocator allocator;
        private final long[] addresses = new long[BLOCKS];
        private final int[] byteSizes = new int[BLOCKS];

        OfAddresses(AddressAllocator allocator, int thread) {
            this(allocator, Load.SMALL, thread);
        }

        OfAddresses(AddressAllocator allocator, Load load, int thread) {
            super(load, thread);
            this.allocator = allocator;
        }

        @Override
        void put(int block, int byteSize) {
            long address = allocator.allocateAddress(byteSize, AllocatorBenchmark.ALIGNMENT);
            FirstByte.touch(address);
            addresses[block] = address;
            byteSizes[block] = byteSize;
        }

        @Override
        void remove(int block) {
            allocator.freeAddress(addresses[block], byteSizes[block]);
        }
    }

    /** A window of slices of one segment, one after another: the cost of the window without an allocator. */
    static final class OfSlices extends Window {

        private final MemorySegment memory = Arena.ofAuto().allocate(MEMORY, PAGE);
        private final MemorySegment[] blocks = new MemorySegment[BLOCKS];
        private long used;

        OfSlices(int thread) {
            super(thread);
        }

        @Override
        void put(int block, int byteSize) {
            long start = used + byteSize <= MEMORY ? used : 0;
            used = (start + byteSize + AllocatorBenchmark.ALIGNMENT - 1) & -AllocatorBenchmark.ALIGNMENT;
            MemorySegment segment = memory.asSlice(start, byteSize);
            FirstByte.touch(segment);
            blocks[block] = segment;
        }

        @Override
        void remove(int block) {
            removed += blocks[block].byteSize();
        }
    }

    /** A window of addresses within one segment, one after another: the cost of the window without an allocator. */
    static final class OfOffsets extends Window {

        private final long memory = Arena.ofAuto().allocate(MEMORY, PAGE).address();
        private final long[] addresses = new long[BLOCKS];
        private final int[] byteSizes = new int[BLOCKS];
        private long used;

        OfOffsets(int thread) {
            super(thread);
        }

        @Override
        void put(int block, int byteSize) {
            long start = used + byteSize <= MEMORY ? used : 0;
            used = (start + byteSize + AllocatorBenchmark.ALIGNMENT - 1) & -AllocatorBenchmark.ALIGNMENT;
            long address = memory + start;
            FirstByte.touch(address);
            addresses[block] = address;
            byteSizes[block] = byteSize;
        }

        @Override
        void remove(int block) {
            removed += addresses[block] + byteSizes[block];
        }
    }

    /** A window of Netty's direct buffers. */
    static final class OfBuffers extends Window {

        private final ByteBufAllocator allocator;
        private final ByteBuf[] buffers = new ByteBuf[BLOCKS];

        OfBuffers(ByteBufAllocator allocator, int thread) {
            this(allocator, Load.SMALL, thread);
        }

        OfBuffers(ByteBufAllocator allocator, Load load, int thread) {
            super(load, thread);
            this.allocator = allocator;
        }

        @Override
        void put(int block, int byteSize) {
            ByteBuf buffer = allocator.directBuffer(byteSize);
            buffer.setByte(0, FirstByte.VALUE);
            buffers[block] = buffer;
        }

        @Override
        void remove(int block) {
            buffers[block].release();
        }
    }

    /** A window of arenas with one block each. */
    static final class OfArenas extends Window {

        private final Arena[] arenas = new Arena[BLOCKS];

        OfArenas(int thread) {
            super(thread);
        }

        @Override
        void put(int block, int byteSize) {
            Arena arena = Arena.ofConfined();
            FirstByte.touch(arena.allocate(byteSize, AllocatorBenchmark.ALIGNMENT));
            arenas[block] = arena;
        }

        @Override
        void remove(int block) {
            arenas[block].close();
        }
    }
}
