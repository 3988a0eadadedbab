package dev.ashlar.replay;

import dev.ashlar.api.Inspectable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * What an allocator would commit that meshes: two spans of one size class whose live slots do not overlap share their
 * physical pages, and no block moves (Powers, Tench, Berger and McGregor, <i>Mesh: Compacting Memory Management for
 * C/C++ Applications</i>, PLDI 2019). A span has a page, or eight slots if that is more, as there. Pairs are found by
 * the paper's SplitMesher, with its bound on the attempts.
 */
final class Meshing implements Inspectable.Visitor {

    private static final long PAGE = 4096;
    private static final int LEAST_SLOTS = 8;
    private static final int ATTEMPTS = 64;

    /** Spans of one kind, which can share pages. */
    private record Kind(long slotSize, int slots) {

        /** A span is no longer than the slab that it is in. */
        static Kind of(long slotSize, long slabBytes) {
            long slots = Math.max(LEAST_SLOTS, PAGE / slotSize);
            return new Kind(slotSize, (int) Math.max(1, Math.min(slots, slabBytes / slotSize)));
        }

        long byteSize() {
            return slots * slotSize;
        }
    }

    /** Live slots of each span with any. */
    private final Map<Kind, List<BitSet>> spans = new LinkedHashMap<>();

    /** Live bytes outside of slabs. */
    private long otherBytes;

    private long slabStart;
    private long slabEnd;
    private Kind kind = new Kind(1, 1);
    private final Map<Long, BitSet> spansOfSlab = new TreeMap<>();

    /** Bytes that would be committed for the live blocks of an allocator; -1 if it has no slabs. */
    static long committedBytes(Inspectable allocator) {
        Meshing meshing = new Meshing();
        allocator.inspect(meshing);
        meshing.endSlab();
        return meshing.spans.isEmpty() ? -1 : meshing.committedBytes();
    }

    @Override
    public void slab(long address, long byteSize, long size, int liveSlots) {
        endSlab();
        slabStart = address;
        slabEnd = address + byteSize;
        kind = Kind.of(size, byteSize);
    }

    @Override
    public void chunk(long address, long byteSize) {
        endSlab();
    }

    @Override
    public void live(long address, long byteSize) {
        if (address >= slabStart && address < slabEnd) {
            long slot = (address - slabStart) / kind.slotSize;
            BitSet span = spansOfSlab.computeIfAbsent(slot / kind.slots, _ -> new BitSet(kind.slots));
            span.set((int) (slot % kind.slots));
        } else {
            otherBytes += byteSize;
        }
    }

    private void endSlab() {
        if (!spansOfSlab.isEmpty()) {
            spans.computeIfAbsent(kind, _ -> new ArrayList<>()).addAll(spansOfSlab.values());
            spansOfSlab.clear();
        }
        slabEnd = slabStart;
    }

    private long committedBytes() {
        Random random = new Random(1);
        long bytes = otherBytes;
        for (Map.Entry<Kind, List<BitSet>> spansOfKind : spans.entrySet()) {
            List<BitSet> ofKind = spansOfKind.getValue();
            Collections.shuffle(ofKind, random);
            bytes += (ofKind.size() - meshed(ofKind)) * spansOfKind.getKey().byteSize();
        }
        return bytes;
    }

    /** How many pairs are found: each span of the first half is compared with some of the second half. */
    private static int meshed(List<BitSet> shuffled) {
        int half = shuffled.size() / 2;
        List<BitSet> left = new ArrayList<>(shuffled.subList(0, half));
        List<BitSet> right = new ArrayList<>(shuffled.subList(half, shuffled.size()));
        int pairs = 0;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            for (int i = 0; i < left.size() && !right.isEmpty(); i++) {
                int other = (i + attempt) % right.size();
                if (!left.get(i).intersects(right.get(other))) {
                    Collections.swap(left, i, left.size() - 1);
                    left.removeLast();
                    Collections.swap(right, other, right.size() - 1);
                    right.removeLast();
                    pairs++;
                    i--;
                }
            }
        }
        return pairs;
    }
}
