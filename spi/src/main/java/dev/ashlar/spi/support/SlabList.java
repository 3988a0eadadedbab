package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * All slabs of a size class, and which of them any thread may take: slabs without an owner that have room, and retained
 * empty slabs.
 *
 * <h2>Design</h2>
 *
 * <p>Slabs are kept in segments of up to 64, with a bit for each. The first slab with room serves next, so slots freed
 * at the beginning are used again, and the slabs at the end drain and go back. This is close to address-ordered first
 * fit, which Wilson et al., <i>Dynamic Storage Allocation: A Survey</i>, 1995, found among the best. A set of bits
 * needs no nodes, and a slab can be removed from any position.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free; for any thread. A bit is only a hint: {@link Slab#claim} decides which thread gets the slab. A bit may
 * be set for a slab that has an owner, has no room, or was replaced by another one. A thread that finds such a bit
 * clears it and goes on. A bit that should be set is missing only for a moment: a thread that ends ownership, or
 * releases a slot of a slab without an owner, sets it afterwards.
 */
final class SlabList {

    private static final VarHandle SEGMENTS = VarHandles.of(MethodHandles.lookup(), "segments", Segment[].class);
    private static final VarHandle SLAB = MethodHandles.arrayElementVarHandle(Slab[].class);

    /** The first segment has this many places, and each further one twice as many. */
    private static final int FIRST_PLACES = 4;

    /** Places for 64 slabs at most: most classes have few. */
    static final class Segment {

        private static final VarHandle USED = VarHandles.of(MethodHandles.lookup(), "used", long.class);
        private static final VarHandle WITH_ROOM = VarHandles.of(MethodHandles.lookup(), "withRoom", long.class);
        private static final VarHandle EMPTY = VarHandles.of(MethodHandles.lookup(), "empty", long.class);

        /** A header, three words, a reference, and an array. */
        private static final int METADATA_BYTES = 48 + 16;

        private volatile long used;
        private volatile long withRoom;
        private volatile long empty;
        private final SlabList list;
        private final @Nullable Slab[] slabs;

        /** A segment whose places are free. Bits of places that it does not have are set. */
        private Segment(SlabList list, int places) {
            this.list = list;
            slabs = new @Nullable Slab[places];
            used = places == Long.SIZE ? 0 : -1L << places;
        }

        private long metadataBytes() {
            long bytes = METADATA_BYTES + slabs.length * 4L;
            for (int index = 0; index < slabs.length; index++) {
                Slab slab = at(index);
                bytes += slab == null ? 0 : slab.metadataBytes();
            }
            return bytes;
        }

        private boolean add(Slab slab) {
            while (true) {
                long seen = used;
                if (seen == -1L) {
                    return false;
                }
                int index = Long.numberOfTrailingZeros(~seen);
                if (USED.compareAndSet(this, seen, seen | 1L << index)) {
                    slab.segment = this;
                    slab.index = (byte) index;
                    SLAB.setRelease(slabs, index, slab);
                    return true;
                }
            }
        }

        private @Nullable Slab at(int index) {
            return (Slab) SLAB.getAcquire(slabs, index);
        }

        /** Clears a bit and returns its slab, which may be retired, or null if another thread cleared the bit. */
        private @Nullable Slab take(VarHandle bits, int index) {
            long bit = 1L << index;
            return ((long) bits.getAndBitwiseAnd(this, ~bit) & bit) == 0 ? null : at(index);
        }
    }

    /**
     * The slab that got room last. Often another thread is freeing its blocks just now. A benign race: it is only a
     * hint to take this slab late.
     */
    private @Nullable Slab newest;

    private final AtomicLong byteSize = new AtomicLong();
    private volatile Segment[] segments = {};

    /** Bytes of all slabs in the list. */
    long byteSize() {
        return byteSize.get();
    }

    /** Adds a slab that has an owner. */
    void add(Slab slab) {
        byteSize.addAndGet(slab.byteSize());
        while (true) {
            Segment[] seen = segments;
            for (Segment segment : seen) {
                if (segment.add(slab)) {
                    return;
                }
            }
            Segment[] more = Arrays.copyOf(seen, seen.length + 1);
            more[seen.length] = new Segment(this, Math.min(Long.SIZE, FIRST_PLACES << Math.min(seen.length, 4)));
            SEGMENTS.compareAndSet(this, seen, more);
        }
    }

    /** Removes a slab that is retired. */
    void remove(Slab slab) {
        Segment segment = segmentOf(slab);
        long others = ~(1L << slab.index);
        Segment.WITH_ROOM.getAndBitwiseAnd(segment, others);
        if (newest == slab) {
            newest = null; // the slab is retired, so the reference is dropped
        }
        SLAB.setRelease(segment.slabs, (int) slab.index, (Slab) null); // the exact types, or each call converts
        Segment.USED.getAndBitwiseAnd(segment, others);
        byteSize.addAndGet(-slab.byteSize());
    }

    private static Segment segmentOf(Slab slab) {
        Segment segment = slab.segment;
        if (segment == null) {
            throw new IllegalStateException("A slab without slots is in no list");
        }
        return segment;
    }

    /** Notes that a slab has room and no owner. */
    static void noteRoom(Slab slab) {
        Segment segment = segmentOf(slab);
        long bit = 1L << slab.index;
        if ((segment.withRoom & bit) == 0) {
            Segment.WITH_ROOM.getAndBitwiseOr(segment, bit);
            segment.list.newest = slab;
        }
    }

    /** Notes that a slab is {@linkplain Slab#retain retained}. */
    static void noteRetained(Slab slab) {
        Segment.EMPTY.getAndBitwiseOr(segmentOf(slab), 1L << slab.index);
    }

    /**
     * The first slab with room that the heap can claim, or null.
     *
     * @param newestToo whether it may be the slab that got room last
     */
    @Nullable Slab takeWithRoom(SlabHeap heap, boolean newestToo) {
        Slab passedOver = newestToo ? null : newest;
        for (Segment segment : segments) {
            for (long bits = segment.withRoom; bits != 0; bits &= bits - 1) {
                int index = Long.numberOfTrailingZeros(bits);
                if (passedOver != null && segment.at(index) == passedOver) {
                    continue;
                }
                Slab slab = segment.take(Segment.WITH_ROOM, index);
                if (slab != null && slab.claim(heap)) {
                    return slab;
                }
            }
        }
        return null;
    }

    /** The first retained slab that the heap can claim, or null. */
    @Nullable Slab takeRetained(SlabHeap heap) {
        for (Segment segment : segments) {
            for (long bits = segment.empty; bits != 0; bits &= bits - 1) {
                Slab slab = segment.take(Segment.EMPTY, Long.numberOfTrailingZeros(bits));
                if (slab != null && slab.claimRetained(heap)) {
                    return slab;
                }
            }
        }
        return null;
    }

    /** Heap memory of the list and its slabs. */
    long metadataBytes() {
        long bytes = 64;
        for (Segment segment : segments) {
            bytes += 4 + segment.metadataBytes();
        }
        return bytes;
    }
}
