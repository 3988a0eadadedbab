package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The slabs of a shard of a size class, and which of them any thread may take: slabs without an owner that have room,
 * and retained empty slabs.
 *
 * <h2>Design</h2>
 *
 * <p>Slabs are kept in segments of up to 64, with a bit for each. The first slab with room serves next, so slots freed
 * at the beginning are used again, and the slabs at the end drain and go back. This is close to address-ordered first
 * fit, which Wilson et al., <i>Dynamic Storage Allocation: A Survey</i>, 1995, found among the best. A set of bits
 * needs no nodes, and a slab can be removed from any position. When there are more than a few segments, {@linkplain
 * RoomTree trees} find the first one that has such a bit, so a search costs time logarithmic in the number of slabs.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free; for any thread. A bit is only a hint: {@link Slab#claim} decides which thread gets the slab. A bit may
 * be set for a slab that has an owner, has no room, or was replaced by another one. A thread that finds such a bit
 * clears it and goes on. A bit that should be set is missing only for a moment: a thread that ends ownership, or
 * releases a slot of a slab without an owner, sets it afterwards. The trees are told after a bit is set. A directory
 * with its trees is replaced when it is full. The thread that replaces it looks at all bits afterwards, and a thread
 * that sets a bit looks whether the directory is still the same, so one of them tells the new trees.
 */
final class SlabList {

    private static final VarHandle DIRECTORY = VarHandles.of(MethodHandles.lookup(), "directory", Directory.class);
    private static final VarHandle BYTE_SIZE = VarHandles.of(MethodHandles.lookup(), "byteSize", long.class);
    private static final VarHandle COUNT = VarHandles.of(MethodHandles.lookup(), "count", int.class);
    private static final VarHandle SEGMENT = MethodHandles.arrayElementVarHandle(Segment[].class);
    private static final VarHandle SLAB = MethodHandles.arrayElementVarHandle(Slab[].class);

    /** The first segment has this many places, and each further one twice as many. */
    private static final int FIRST_PLACES = 4;

    /** So few segments are searched one after the other: most classes have one or two. */
    private static final int FEW = 16;

    /** A header, a word, a count, and two references. */
    private static final int HEADER_BYTES = 32;

    /** What a segment may have. */
    private enum Kind {
        WITH_ROOM {
            @Override
            boolean isIn(Segment segment) {
                return segment.withRoom != 0;
            }
        },
        RETAINED {
            @Override
            boolean isIn(Segment segment) {
                return segment.empty != 0;
            }
        },
        FREE_PLACE {
            @Override
            boolean isIn(Segment segment) {
                return segment.used != -1L;
            }
        };

        abstract boolean isIn(Segment segment);
    }

    /** Segments in order, and trees of what they have if they are many. */
    private static final class Directory {
        private static final int METADATA_OF_MAP = 48 + 32;

        private final @Nullable Segment[] segments;
        private final Map<Kind, RoomTree> trees;
        private final IntFunction<RoomTree> treeMaker;

        Directory(int places, IntFunction<RoomTree> treeMaker) {
            this.treeMaker = treeMaker;
            segments = new @Nullable Segment[places];
            trees = places > FEW ? new EnumMap<>(Kind.class) : Map.of();
            for (Kind kind : places > FEW ? Kind.values() : new Kind[0]) {
                trees.put(kind, treeMaker.apply(places));
            }
        }

        /** Twice as many places, and the same segments at the first of them. */
        Directory larger() {
            Directory larger = new Directory(2 * segments.length, treeMaker);
            System.arraycopy(segments, 0, larger.segments, 0, segments.length);
            return larger;
        }

        @Nullable Segment at(int number) {
            return number < segments.length ? (Segment) SEGMENT.getAcquire(segments, number) : null;
        }

        /** The first segment, from a number on, that may have something; null if there is none. */
        @Nullable Segment next(Kind kind, int from) {
            RoomTree tree = trees.get(kind);
            int number = tree == null ? from : tree.next(from, 1);
            return number < 0 ? null : at(number);
        }

        void note(Kind kind, int number) {
            RoomTree tree = trees.get(kind);
            if (tree != null) {
                tree.raise(number, 1);
            }
        }

        /** A segment was searched, and may have nothing any more. */
        void searched(Kind kind, Segment segment) {
            RoomTree tree = trees.get(kind);
            if (tree != null && !kind.isIn(segment)) {
                tree.lower(segment.number, number -> {
                    Segment now = at(number);
                    return now != null && kind.isIn(now) ? 1 : 0;
                });
            }
        }

        long metadataBytes() {
            long ofTrees = trees.isEmpty() ? 0 : METADATA_OF_MAP;
            for (RoomTree tree : trees.values()) {
                ofTrees += tree.metadataBytes();
            }
            return 24 + 16 + segments.length * 4L + ofTrees;
        }
    }

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
        private final int number;
        private final @Nullable Slab[] slabs;

        /** A segment whose places are free. Bits of places that it does not have are set. */
        private Segment(SlabList list, int number) {
            this.list = list;
            this.number = number;
            int places = Math.min(Long.SIZE, FIRST_PLACES << Math.min(number, 4));
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

    private volatile long byteSize;
    private volatile Directory directory;

    /** Segments, or one less for a moment. */
    private volatile int count;

    /** An empty list. */
    SlabList() {
        this(RoomTree::new);
    }

    /** @param treeMaker makes a tree of a capacity */
    SlabList(IntFunction<RoomTree> treeMaker) {
        directory = new Directory(1, treeMaker);
    }

    /** Bytes of all slabs in the list. */
    long byteSize() {
        return byteSize;
    }

    /** Adds a slab that has an owner. */
    void add(Slab slab) {
        BYTE_SIZE.getAndAdd(this, slab.byteSize());
        while (true) {
            Directory in = directory;
            Segment segment = in.next(Kind.FREE_PLACE, 0);
            while (segment != null) {
                if (segment.add(slab)) {
                    return;
                }
                in.searched(Kind.FREE_PLACE, segment);
                segment = in.next(Kind.FREE_PLACE, segment.number + 1);
            }
            addSegment(in);
        }
    }

    private void addSegment(Directory in) {
        int number = count;
        if (number > in.segments.length) {
            return; // the directory was replaced meanwhile
        }
        if (number == in.segments.length) {
            Directory larger = in.larger();
            if (DIRECTORY.compareAndSet(this, in, larger)) {
                for (int i = 0; i < number; i++) {
                    noteAll(larger.at(i));
                }
            }
        } else {
            Segment segment = new Segment(this, number);
            boolean isAdded = SEGMENT.compareAndSet(in.segments, number, (Segment) null, segment);
            COUNT.compareAndSet(this, number, number + 1); // or another thread did it, whoever added the segment
            if (isAdded) {
                note(Kind.FREE_PLACE, segment);
            }
        }
    }

    private void noteAll(@Nullable Segment segment) {
        for (Kind kind : Kind.values()) {
            if (segment != null && kind.isIn(segment)) {
                note(kind, segment);
            }
        }
    }

    /** Tells the trees that a segment has something. */
    private void note(Kind kind, Segment segment) {
        Directory in;
        do {
            in = directory;
            in.note(kind, segment.number);
        } while (in != directory);
    }

    /** Removes a slab that is retired from its list. */
    static void remove(Slab slab) {
        Segment segment = segmentOf(slab);
        segment.list.remove(segment, slab);
    }

    private void remove(Segment segment, Slab slab) {
        long others = ~(1L << slab.index);
        Segment.WITH_ROOM.getAndBitwiseAnd(segment, others);
        if (newest == slab) {
            newest = null; // the slab is retired, so the reference is dropped
        }
        SLAB.setRelease(segment.slabs, (int) slab.index, (Slab) null); // the exact types, or each call converts
        Segment.USED.getAndBitwiseAnd(segment, others);
        note(Kind.FREE_PLACE, segment);
        BYTE_SIZE.getAndAdd(this, -slab.byteSize());
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
            segment.list.note(Kind.WITH_ROOM, segment);
            segment.list.newest = slab;
        }
    }

    /** Notes that a slab is {@linkplain Slab#retain retained}. */
    static void noteRetained(Slab slab) {
        Segment segment = segmentOf(slab);
        Segment.EMPTY.getAndBitwiseOr(segment, 1L << slab.index);
        segment.list.note(Kind.RETAINED, segment);
    }

    /**
     * The first slab with room that the heap can claim, or null.
     *
     * @param newestToo whether it may be the slab that got room last
     */
    @Nullable Slab takeWithRoom(SlabHeap heap, boolean newestToo) {
        Slab passedOver = newestToo ? null : newest;
        Directory in = directory;
        Segment segment = in.next(Kind.WITH_ROOM, 0);
        while (segment != null) {
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
            in.searched(Kind.WITH_ROOM, segment);
            segment = in.next(Kind.WITH_ROOM, segment.number + 1);
        }
        return null;
    }

    /** The first retained slab that the heap can claim, or null. */
    @Nullable Slab takeRetained(SlabHeap heap) {
        Directory in = directory;
        Segment segment = in.next(Kind.RETAINED, 0);
        while (segment != null) {
            for (long bits = segment.empty; bits != 0; bits &= bits - 1) {
                Slab slab = segment.take(Segment.EMPTY, Long.numberOfTrailingZeros(bits));
                if (slab != null && slab.claimRetained(heap)) {
                    return slab;
                }
            }
            in.searched(Kind.RETAINED, segment);
            segment = in.next(Kind.RETAINED, segment.number + 1);
        }
        return null;
    }

    /** Heap memory of the list and its slabs. */
    long metadataBytes() {
        Directory in = directory;
        long bytes = HEADER_BYTES + in.metadataBytes();
        for (int number = 0; number < in.segments.length; number++) {
            Segment segment = in.at(number);
            bytes += segment == null ? 0 : segment.metadataBytes();
        }
        return bytes;
    }
}
