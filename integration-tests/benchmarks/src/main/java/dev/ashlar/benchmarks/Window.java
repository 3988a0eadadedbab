package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * A window of live blocks of one thread, in which one after another is replaced. Which, and by how large a one, is
 * drawn in advance from a fixed seed, the same for every subject. The blocks are left to the end of the process.
 */
abstract class Window {

    /** Live blocks. */
    static final int BLOCKS = 8192;

    /**
     * What a window holds.
     *
     * @param blocks how many, at most {@link #BLOCKS}
     * @param smallest the smallest size in bytes
     * @param largest the largest; sizes are spread evenly over the logarithm
     */
    record Load(int blocks, int smallest, int largest) {

        /** 19 MB, as most programs have them. */
        static final Load SMALL = new Load(BLOCKS, 16, 16 * 1024);

        /** Some 43 MB of buffers. */
        static final Load LARGE = new Load(128, 64 * 1024, 1024 * 1024);
    }

    /**
     * Replacements that are drawn, a power of two; then they repeat. Each block is replaced eight times or more until
     * then.
     */
    private static final int REPLACEMENTS = 8 * BLOCKS;

    /** Bytes that the windows without an allocator walk through: about what the live blocks of the others take. */
    private static final long MEMORY = 24 << 20;

    private static final long PAGE = 4096;

    private static final long SEED = 0x9E3779B97F4A7C15L;

    private final int[] victims = new int[REPLACEMENTS];
    private final int[] byteSizes = new int[REPLACEMENTS];
    private final Load load;
    private int next;

    /** What windows without an allocator add up, so that a removed block is read from their array. */
    long removed;

    /**
     * Draws the replacements.
     *
     * @param load sizes
     * @param thread a number, so that threads do not all do the same
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

    /** Of segments. */
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

    /** Of addresses. The sizes have to be kept beside them. */
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

    /** Of slices of one segment, one after another: what it costs to draw, to keep and to touch. */
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

    /** Of addresses within one segment, one after another: what it costs to draw, to keep and to touch. */
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

    /** Of Netty's direct buffers. */
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

    /** Of arenas with one block each. */
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
