package dev.ashlar.nativememory.internal;

import java.util.Comparator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A set of free pages, of which ranges are taken: best fit, and of equals the lowest. An algorithm over page numbers,
 * without any memory behind it.
 *
 * <h2>Design</h2>
 *
 * <p>Ranges are in two trees: by their first page, to find and merge neighbours, and by length, to find the shortest
 * range that is long enough. Taking and giving back cost time logarithmic in the number of ranges; a
 * strict alignment may look at more of them.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Both trees have the same ranges. No two of them overlap or touch.
 *   <li>{@code free} is the sum of their lengths.
 * </ul>
 *
 * <p>Not safe for use by many threads.
 */
final class FreeRanges {

    /** Neighbouring pages. */
    record Range(long first, long length) {
        long end() {
            return first + length;
        }
    }

    private final TreeMap<Long, Range> byFirst = new TreeMap<>();
    private final NavigableSet<Range> byLength =
            new TreeSet<>(Comparator.comparingLong(Range::length).thenComparingLong(Range::first));
    private long free;

    /** No pages. */
    FreeRanges() {}

    /** Free pages. */
    long free() {
        return free;
    }

    /**
     * Takes pages.
     *
     * @param length how many, 1 or more
     * @param alignment a power of two, of which the first page is a multiple
     * @return the first page, or -1 if no range is long enough
     */
    long take(long length, long alignment) {
        for (Range range : byLength.tailSet(new Range(0, length), true)) {
            long first = (range.first + alignment - 1) & -alignment;
            if (first + length <= range.end()) {
                remove(range);
                addIfAny(range.first, first - range.first);
                addIfAny(first + length, range.end() - first - length);
                return first;
            }
        }
        return -1;
    }

    /**
     * Takes the end of the longest range; null if there is none.
     *
     * @param most how many pages at most, 1 or more
     */
    @Nullable Range takeLongest(long most) {
        if (byLength.isEmpty()) {
            return null;
        }
        Range longest = byLength.last();
        remove(longest);
        long left = Math.max(0, longest.length - most);
        addIfAny(longest.first, left);
        return new Range(longest.first + left, longest.length - left);
    }

    /**
     * Gives pages back.
     *
     * @param first the first page
     * @param length how many, 1 or more; none of them is in the set
     */
    void give(long first, long length) {
        long start = first;
        long end = first + length;
        Map.Entry<Long, Range> below = byFirst.lowerEntry(first);
        if (below != null && below.getValue().end() == first) {
            start = below.getKey();
            remove(below.getValue());
        }
        Range above = byFirst.get(end);
        if (above != null) {
            end = above.end();
            remove(above);
        }
        add(new Range(start, end - start));
    }

    private void addIfAny(long first, long length) {
        if (length > 0) {
            add(new Range(first, length));
        }
    }

    private void add(Range range) {
        byFirst.put(range.first, range);
        byLength.add(range);
        free += range.length;
    }

    private void remove(Range range) {
        byFirst.remove(range.first);
        byLength.remove(range);
        free -= range.length;
    }

    /** Throws if an invariant does not hold. For tests. */
    void checkInvariants() {
        long sum = 0;
        long end = -1;
        for (Range range : byFirst.values()) {
            if (range.length < 1 || range.first <= end || !byLength.contains(range)) {
                throw new AssertionError(range + " is empty, touches the one before, or is in one tree only");
            }
            end = range.end();
            sum += range.length;
        }
        if (sum != free || byLength.size() != byFirst.size()) {
            throw new AssertionError(sum + " pages are free, counted are " + free);
        }
    }
}
