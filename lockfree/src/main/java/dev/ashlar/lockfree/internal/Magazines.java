package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * All magazines of an allocator by their index, which is how the stacks of the depots know them.
 *
 * <p>Lock-free. The table grows in segments and never moves, as in {@link IndexLinks}. Whoever takes an index from a stack
 * sees the magazine, because it was entered before the index was pushed.
 */
final class Magazines {

    private final IndexLinks links = new IndexLinks(0);
    private final TaggedStack unusedIndices = new TaggedStack(links);
    private final AtomicInteger indices = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable Magazine>> segments =
            new AtomicReferenceArray<>(IndexLinks.SEGMENTS);

    /** Links for stacks of magazines. */
    IndexLinks links() {
        return links;
    }

    /**
     * Makes an empty magazine with room for {@code first} rounds. If there are as many as a stack can tell apart, it has no
     * index, and no depot keeps it.
     */
    Magazine make(int size, int first) {
        int index = unusedIndices.pop();
        if (index == TaggedStack.NONE) {
            if (indices.get() > TaggedStack.MAX_INDEX - 1024) { // more than there can be threads here at once
                return new Magazine(TaggedStack.NONE, size, first);
            }
            index = indices.getAndIncrement();
        }
        links.cover(index);
        Magazine magazine = new Magazine(index, size, first);
        segment(index).set(IndexLinks.offsetOf(index), magazine);
        return magazine;
    }

    private AtomicReferenceArray<@Nullable Magazine> segment(int index) {
        int number = IndexLinks.segmentOf(index);
        AtomicReferenceArray<@Nullable Magazine> segment = segments.get(number);
        if (segment == null) {
            AtomicReferenceArray<@Nullable Magazine> made = new AtomicReferenceArray<>(IndexLinks.lengthOf(number));
            segment = segments.compareAndExchange(number, null, made);
            if (segment == null) {
                segment = made;
            }
        }
        return segment;
    }

    /** The magazine of an index that was taken from a stack. */
    @SuppressWarnings("NullAway") // entered before it was pushed
    Magazine get(int index) {
        return segment(index).get(IndexLinks.offsetOf(index));
    }

    /** Lets go of a magazine, which is in no stack. */
    void drop(Magazine magazine) {
        if (magazine.index != TaggedStack.NONE) {
            segment(magazine.index).set(IndexLinks.offsetOf(magazine.index), null);
            unusedIndices.push(magazine.index);
        }
    }

    /** What the table and all magazines take on the heap. Costs time in proportion to the magazines. */
    long metadataBytes() {
        long bytes = links.metadataBytes() + TaggedStack.metadataBytes() + IndexLinks.SEGMENTS * 4L;
        for (int number = 0; number < segments.length(); number++) {
            AtomicReferenceArray<@Nullable Magazine> segment = segments.get(number);
            bytes += segment == null ? 0 : 32 + segment.length() * 4L;
            for (int i = 0; segment != null && i < segment.length(); i++) {
                Magazine magazine = segment.get(i);
                bytes += magazine == null ? 0 : magazine.metadataBytes();
            }
        }
        return bytes;
    }
}
