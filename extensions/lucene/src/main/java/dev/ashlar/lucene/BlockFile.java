package dev.ashlar.lucene;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.support.Closing;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file as a list of blocks. All blocks but the last have the same size, a power of two. So a position finds its block
 * by a shift. The blocks are freed when nothing holds the file any more: neither its name in the directory, nor its
 * writer, nor a reader.
 *
 * <p>One thread writes, without locks. {@link #complete} publishes what it wrote, and many threads read it.
 */
final class BlockFile {

    /** A cache line, to which Lucene aligns vectors within files. */
    private static final long ALIGNMENT = 64;

    /** Most files of an index are small. */
    private static final long FIRST_BLOCK = 1 << 10;

    private final Allocator allocator;
    private final Runnable whenFreed;
    final int blockShift;
    private final List<MemorySegment> blocks = new ArrayList<>();
    private final AtomicInteger holds = new AtomicInteger(1);

    /** False while the file is written. */
    private volatile boolean isComplete;

    private long length;

    /** An empty file, which the directory holds. */
    BlockFile(Allocator allocator, int blockShift, Runnable whenFreed) {
        this.allocator = allocator;
        this.blockShift = blockShift;
        this.whenFreed = whenFreed;
    }

    /** Adds a holder. The caller is one, or knows that there is one and stays. */
    void hold() {
        holds.incrementAndGet();
    }

    /**
     * Removes a holder. The last one frees the blocks.
     *
     * @throws RuntimeException what the allocator throws at the free; the file is released all the same
     */
    void release() {
        if (holds.decrementAndGet() == 0) {
            Closing.all(this::free, blocks::clear, whenFreed);
        }
    }

    private void free() {
        if (!allocator.isClosed()) { // which would have freed them
            allocator.freeAll(blocks);
        }
    }

    int holders() {
        return holds.get();
    }

    /** Whether it can be read. */
    boolean isComplete() {
        return isComplete;
    }

    /** The length in bytes, 0 while the file is written. */
    long length() {
        return isComplete ? length : 0;
    }

    /** The blocks of a complete file, for a holder. */
    MemorySegment[] blocks() {
        return blocks.toArray(MemorySegment[]::new);
    }

    /**
     * Makes room for at least one byte at the end, which is in the last block.
     *
     * @return the last block, which has moved if it has become larger
     * @throws IOException if the allocator refuses; the file is as before
     */
    MemorySegment grow() throws IOException {
        long blockSize = 1L << blockShift;
        if (blocks.size() == 1 && blocks.getFirst().byteSize() < blockSize) {
            MemorySegment first = blocks.getFirst();
            long byteSize = Math.min(blockSize, first.byteSize() * 2);
            MemorySegment larger = allocator.tryResize(first, byteSize, ALIGNMENT);
            if (larger == null) {
                throw full(allocator.refusal(first, byteSize, ALIGNMENT).message());
            }
            blocks.set(0, larger);
        } else {
            long byteSize = blocks.isEmpty() ? Math.min(blockSize, FIRST_BLOCK) : blockSize;
            MemorySegment block = allocator.tryAllocate(byteSize, ALIGNMENT);
            if (block == null) {
                throw full(allocator.refusal(byteSize, ALIGNMENT).message());
            }
            blocks.add(block);
        }
        return blocks.getLast();
    }

    /** Lucene treats it as it treats a full disk. */
    private static IOException full(String refusal) {
        return new IOException("No memory for the file: " + refusal);
    }

    /** The block that a position is in. For the writer. */
    MemorySegment block(long position) {
        return blocks.get((int) (position >>> blockShift));
    }

    /**
     * Ends the file: it can be read from now on. Memory behind the end is freed, if the allocator has what that takes.
     *
     * @param written bytes
     */
    void complete(long written) {
        if (!blocks.isEmpty()) {
            long before = (long) (blocks.size() - 1) << blockShift;
            MemorySegment exact = allocator.tryResize(blocks.getLast(), written - before, ALIGNMENT);
            if (exact != null) {
                blocks.set(blocks.size() - 1, exact);
            }
        }
        length = written;
        isComplete = true;
    }
}
