package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.Chunks;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The slabs of all classes, cut from {@link Chunks chunks}, which say how large one is, and dissolved when all their slots
 * are in.
 *
 * <p>Concurrency: cutting a slab and dissolving one is lock-free, unless memory moves from or to the source. A slab is
 * dissolved by whoever retires it, so by one thread.
 */
final class Memory {

    /** Memory is not scarce any more when this part of what was committed then has gone back to the source. */
    private static final int ENOUGH_LEFT = 8;

    private final SizeClasses sizeClasses;
    private final MeteredSource source;
    private final Kept kept;
    private final Chunks<Slab> chunks;
    private final SlabTable slabs;

    /** Bytes of all slabs of each class. */
    private final AtomicLongArray classBytes;

    private final LongAdder misses = new LongAdder();

    /** The source gave nothing a short while ago: what one thread frees must be within reach of all. */
    private volatile boolean scarce;

    /** Committed bytes when the source gave nothing. */
    private volatile long committedWhenRefused;

    Memory(SizeClasses sizeClasses, MeteredSource source, Kept kept, long reserve) {
        this.sizeClasses = sizeClasses;
        this.source = source;
        this.kept = kept;
        chunks = new Chunks<>(source, reserve);
        slabs = new SlabTable(chunks.slabs());
        classBytes = new AtomicLongArray(sizeClasses.count());
    }

    Chunks<Slab> chunks() {
        return chunks;
    }

    SlabTable slabs() {
        return slabs;
    }

    /** Requests that had to go to the source. */
    long misses() {
        return misses.sum();
    }

    boolean isScarce() {
        return scarce;
    }

    /**
     * Cuts a slab of memory that is there. Lock-free.
     *
     * @return a slab with all slots in that the caller holds, or null if no chunk has room for one that is worth it; while
     *     memory is scarce, any is
     */
    @Nullable Slab cut(int sizeClass) {
        int slotSize = sizeClasses.size(sizeClass);
        Chunks.Cutter<Slab> cutter = (chunk, first, units) -> {
            Slab slab = new Slab(chunk, first, units, slabs.newIndex(), sizeClass, slotSize);
            classBytes.addAndGet(sizeClass, slab.byteSize());
            slabs.add(slab);
            return slab;
        };
        Slab slab = chunks.cutUpTo(slotSize, classBytes.get(sizeClass), cutter);
        return slab == null && scarce ? chunks.cutSmallest(slotSize, cutter) : slab;
    }

    /**
     * Takes memory from the source. Blocks on the source.
     *
     * @param seen the chunks in which there was no room; if there are others now, nothing is taken
     * @return false if there is none to be had
     */
    boolean grow(int sizeClass, UnitChunk[] seen) {
        Chunks.Growth growth = chunks.grow(sizeClasses.size(sizeClass), seen);
        if (growth == null) {
            committedWhenRefused = source.committedBytes();
            scarce = true;
        } else if (growth == Chunks.Growth.DONE) {
            scarce = scarce && isAboutWhereRefused(source.committedBytes());
            misses.increment();
        }
        return growth != null;
    }

    /** Whether the source gives only what came back to it since it gave nothing. */
    private boolean isAboutWhereRefused(long committed) {
        long refusedAt = committedWhenRefused;
        return committed <= refusedAt && committed > refusedAt - refusedAt / ENOUGH_LEFT;
    }

    /** The size of the smallest chunk in which a slab of a class has room. */
    long smallestChunkFor(int sizeClass) {
        return Chunks.smallestFor(sizeClasses.size(sizeClass));
    }

    /** Gives the memory of a slab with all slots in to its chunk, where slabs of any class can be cut from it. */
    void dissolveIfWhole(Slab slab) {
        if (slab.retire()) {
            classBytes.addAndGet(slab.sizeClass, -slab.byteSize());
            slabs.remove(slab);
            chunks.giveBack(slab.chunk(), slab.firstUnit(), slab.units(), kept.bytes(), kept.capacity());
        }
    }

    /** Gives back what the capacity does not allow to be kept. */
    void closeWhatIsOver() {
        chunks.closeWhatIsOver(kept.bytes(), kept.capacity());
    }

    /** What chunks, slabs and their tables take on the heap. */
    long metadataBytes() {
        return chunks.metadataBytes() + slabs.metadataBytes() + 16L + Long.BYTES * (long) classBytes.length();
    }
}
