package dev.ashlar.buddy.core;

import java.util.Arrays;

/**
 * A region divided by two-level segregated fit.
 *
 * <h2>Design</h2>
 *
 * <p>Free runs are in lists by length. The first level is the power of two below the length. The second is one of 32
 * equal steps from there to the next power. A bit for each list says whether it has members. So two searches of a word
 * find the smallest list in which every run serves the request. Its first run is taken, and no list is walked. The rest
 * of the run stays free. A freed block is joined at once with the free runs on both sides.
 *
 * <p>Requests are rounded up to the length at which a list begins. So the run of a freed block is in a list that the
 * same request searches, and is found again, however full the region is. Published TLSF rounds the search and not the
 * block, and misses runs that are just long enough.
 *
 * <p>Lists are last in, first out: the run freed last may still be in a cache, and a list by address would not take
 * constant time. The caller that chooses among regions makes them drain.
 *
 * <p>An aligned request is served from a run that is longer by the alignment. If there is none, the newest {@link
 * #LOOKED_AT} runs of each list in between are tried.
 *
 * <p>All bookkeeping is outside the region: a {@link BitTree} has the starts of all runs, so both neighbours of a block
 * are found without tags in them. The live bits have the starts of live blocks, and {@link FreeRuns} the free runs.
 * This takes 2.3 bits for each granule and 20 bytes for each free run.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>Runs, each free or a block, cover the region; {@code starts} has the first granule of each.
 *   <li>No two neighbouring runs are both free.
 *   <li>A free run is in the list of its length, and {@code first} and {@code second} show which lists have members.
 * </ul>
 *
 * <h2>Bounds</h2>
 *
 * <p>A search reads two words. Finding neighbours takes two searches of a bit tree of at most five levels, and of two
 * chains of at most {@code FreeRuns.SEGMENT / 2} runs. An aligned request that finds no longer run tries {@link
 * #LOOKED_AT} runs of at most 32 lists for each doubling from its length to its alignment.
 *
 * <h2>Sources</h2>
 *
 * <p>Masmano, Ripoll, Crespo and Real, <i>TLSF: A New Dynamic Memory Allocator for Real-Time Systems</i>, ECRTS 2004.
 */
public final class TlsfCore implements RegionCore {

    /** 32 lists of the second level: the bits of a word. */
    static final int SECOND_LEVEL_BITS = 5;

    private static final int LISTS = 1 << SECOND_LEVEL_BITS;

    /** The row of lists without members. */
    private static final int[] NO_LISTS = {};

    /** Runs of a list that are tried for an aligned request. */
    private static final int LOOKED_AT = 4;

    private final TlsfAlgorithm algorithm;
    private final int length;
    private final LiveSet live;
    private final BitTree starts;
    private final FreeRuns runs;

    /** Bit {@code i} is set if {@code second[i]} is not 0. */
    private int first;

    /** Bit {@code j} of element {@code i} is set if that list has members. */
    private final int[] second;

    /**
     * The newest run of each list. A row exists while one of its lists has members, because few rows are needed at a
     * time.
     */
    private final int[][] heads;

    /** Unused rows, all 0, to be used again. */
    private final int[][] spareRows;

    private int spares;

    private int used;
    private int blocks;
    private long steps;

    TlsfCore(TlsfAlgorithm algorithm, int length) {
        RegionAlgorithm.requireRegion(length);
        this.algorithm = algorithm;
        this.length = length;
        live = new LiveSet(length);
        starts = new BitTree(length);
        runs = new FreeRuns(length);
        second = new int[firstLevel(length) + 1];
        heads = new int[second.length][];
        Arrays.fill(heads, NO_LISTS);
        spareRows = new int[second.length][];
        starts.add(0);
        addFree(0, length);
    }

    /** The exponent of the largest power of two that is not larger. */
    static int log2(int length) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(length);
    }

    /** Lengths below 32 are the first row, with one list for each length. Then every doubling is a row. */
    private static int firstLevel(int runLength) {
        return Math.max(0, log2(runLength) - SECOND_LEVEL_BITS + 1);
    }

    private static int secondLevel(int runLength, int firstLevel) {
        return firstLevel == 0 ? runLength : (runLength >>> (firstLevel - 1)) & (LISTS - 1);
    }

    /** The length at which a list begins. */
    private static int leastOf(int firstLevel, int secondLevel) {
        return firstLevel == 0 ? secondLevel : (LISTS + secondLevel) << (firstLevel - 1);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int take(int wanted, int alignment) {
        int rounded = algorithm.rounded(wanted);
        if (alignment == 1) {
            int run = newestFrom(rounded);
            return run == FreeRuns.NONE ? NONE : take(run, rounded, 1);
        }
        int run = newestFrom(algorithm.rounded(rounded + Math.min(alignment, length) - 1));
        if (run == FreeRuns.NONE) {
            run = alignedFrom(rounded, alignment);
        }
        return run == FreeRuns.NONE ? NONE : take(run, rounded, alignment);
    }

    /** The newest run of the smallest list in which every run is long enough. */
    private int newestFrom(int rounded) {
        int row = firstLevel(rounded);
        if (row >= second.length) {
            return FreeRuns.NONE;
        }
        int lists = second[row] & (-1 << secondLevel(rounded, row));
        if (lists == 0) {
            int rows = first & (-2 << row);
            if (rows == 0) {
                return FreeRuns.NONE;
            }
            row = Integer.numberOfTrailingZeros(rows);
            lists = second[row];
        }
        return heads[row][Integer.numberOfTrailingZeros(lists)];
    }

    /** A run that can hold an aligned block, among the newest of each list. */
    private int alignedFrom(int rounded, int alignment) {
        int firstRow = firstLevel(rounded);
        for (int row = firstRow; row < second.length; row++) {
            int lists = row == firstRow ? second[row] & (-1 << secondLevel(rounded, row)) : second[row];
            while (lists != 0) {
                int list = Integer.numberOfTrailingZeros(lists);
                int run = heads[row][list];
                for (int i = 0; i < LOOKED_AT && run != FreeRuns.NONE; i++) {
                    steps++;
                    if (aligned(runs.start(run), alignment) - runs.start(run) + rounded <= runs.length(run)) {
                        return run;
                    }
                    run = runs.next(run);
                }
                lists &= lists - 1;
            }
        }
        return FreeRuns.NONE;
    }

    private static long aligned(int start, int alignment) {
        return ((long) start + alignment - 1) & -(long) alignment;
    }

    /** Makes a block of a run, and free runs of the rests on both sides. */
    private int take(int run, int rounded, int alignment) {
        int from = runs.start(run);
        int to = from + runs.length(run);
        removeFree(run);
        int start = (int) aligned(from, alignment);
        int end = start + rounded;
        if (start > from) {
            addFree(from, start - from);
            starts.add(start);
        }
        if (end < to) {
            starts.add(end);
            addFree(end, to - end);
        }
        used += rounded;
        blocks++;
        live.add(start);
        return start;
    }

    @Override
    public boolean claim(int start) {
        return live.remove(start);
    }

    @Override
    public boolean isLive(int start) {
        return live.contains(start);
    }

    @Override
    public int release(int start) {
        int freed = lengthOf(start);
        used -= freed;
        blocks--;
        makeFree(start, start + freed);
        return freed;
    }

    /** Frees a run, and joins it with its free neighbours. */
    private void makeFree(int start, int end) {
        int from = start;
        if (start > 0) {
            int before = freeAt(starts.previous(start - 1));
            if (before != FreeRuns.NONE) {
                from = runs.start(before);
                removeFree(before);
                starts.remove(start);
            }
        }
        addFree(from, endJoinedWithNext(end) - from);
    }

    /**
     * Removes the free run that starts at a granule, and returns its end. Returns the granule itself if there is none.
     */
    private int endJoinedWithNext(int end) {
        int behind = freeAt(end);
        if (behind == FreeRuns.NONE) {
            return end;
        }
        int joined = end + runs.length(behind);
        removeFree(behind);
        starts.remove(end);
        return joined;
    }

    /** The free run that starts at a granule. In most cases the live bit makes a search of the chain unnecessary. */
    private int freeAt(int start) {
        return start == length || live.contains(start) ? FreeRuns.NONE : runs.at(start);
    }

    @Override
    public boolean resize(int start, int wanted) {
        int oldLength = lengthOf(start);
        int end = start + oldLength;
        int rounded = algorithm.rounded(wanted);
        if (rounded > oldLength) {
            int behind = freeAt(end);
            if (behind == FreeRuns.NONE || runs.length(behind) < rounded - oldLength) {
                return false;
            }
            end = endJoinedWithNext(end);
        }
        int newEnd = start + rounded;
        if (newEnd < end) {
            starts.add(newEnd);
            addFree(newEnd, endJoinedWithNext(end) - newEnd);
        }
        used += rounded - oldLength;
        return true;
    }

    private void addFree(int start, int runLength) {
        int row = firstLevel(runLength);
        int list = secondLevel(runLength, row);
        if (second[row] == 0) {
            heads[row] = spares == 0 ? new int[LISTS] : spareRows[--spares];
        }
        heads[row][list] = runs.add(start, runLength, heads[row][list]);
        first |= 1 << row;
        second[row] |= 1 << list;
    }

    private void removeFree(int run) {
        int row = firstLevel(runs.length(run));
        int list = secondLevel(runs.length(run), row);
        if (heads[row][list] == run) {
            heads[row][list] = runs.next(run);
            if (runs.next(run) == FreeRuns.NONE) {
                second[row] &= ~(1 << list);
                if (second[row] == 0) {
                    first &= ~(1 << row);
                    spareRows[spares++] = heads[row];
                    heads[row] = NO_LISTS;
                }
            }
        }
        runs.remove(run);
    }

    @Override
    public int lengthOf(int start) {
        int next = starts.next(start + 1);
        return (next < 0 ? length : next) - start;
    }

    @Override
    public int nextLive(int from) {
        return live.next(from);
    }

    @Override
    public int previousLive(int from) {
        return live.previous(from);
    }

    @Override
    public int room() {
        if (first == 0) {
            return 0;
        }
        int row = log2(first);
        return leastOf(row, log2(second[row]));
    }

    @Override
    public int used() {
        return used;
    }

    @Override
    public int blocks() {
        return blocks;
    }

    @Override
    public long metadataBytes() {
        int rows = Integer.bitCount(first) + spares;
        long bytes = 80 + 3 * (16 + 4L * second.length) + rows * (16 + 4L * LISTS);
        return bytes + live.metadataBytes() + starts.metadataBytes() + runs.metadataBytes();
    }

    @Override
    public long steps() {
        return steps + starts.steps() + runs.steps();
    }

    @Override
    public void checkInvariants() {
        starts.checkInvariants();
        Invariant.require(starts.contains(0), "the first run starts where the region does");
        int foundUsed = 0;
        int foundBlocks = 0;
        int foundFree = 0;
        boolean freeBefore = false;
        for (int at = 0; at < length; at += lengthOf(at)) {
            int run = runs.at(at);
            boolean isFree = run != FreeRuns.NONE;
            Invariant.require(!(isFree && freeBefore), "no two neighbouring runs are both free");
            Invariant.require(!(isFree && live.contains(at)), "a free run is no block");
            Invariant.require(!isFree || runs.length(run) == lengthOf(at), "a free run is as long as it says");
            foundUsed += isFree ? 0 : lengthOf(at);
            foundBlocks += isFree ? 0 : 1;
            foundFree += isFree ? 1 : 0;
            freeBefore = isFree;
        }
        Invariant.require(foundUsed == used && foundBlocks == blocks, "used granules and blocks are counted");
        Invariant.require(live.count() <= blocks, "live blocks are blocks");
        Invariant.require(checkLists() == foundFree, "every free run is in a list");
    }

    private int checkLists() {
        int members = 0;
        for (int i = 0; i < spares; i++) {
            Invariant.require(
                    Arrays.stream(spareRows[i]).allMatch(head -> head == FreeRuns.NONE), "a spare row is all 0");
        }
        for (int row = 0; row < second.length; row++) {
            Invariant.require(((first & (1 << row)) != 0) == (second[row] != 0), "first shows which rows have members");
            Invariant.require((heads[row] == NO_LISTS) == (second[row] == 0), "a row is there if it has members");
            for (int list = 0; list < heads[row].length; list++) {
                boolean told = (second[row] & (1 << list)) != 0;
                Invariant.require(told == (heads[row][list] != FreeRuns.NONE), "second shows which lists have members");
                for (int run = heads[row][list]; run != FreeRuns.NONE; run = runs.next(run)) {
                    int row2 = firstLevel(runs.length(run));
                    Invariant.require(
                            row2 == row && secondLevel(runs.length(run), row) == list,
                            "a free run is in the list of its length");
                    members++;
                }
            }
        }
        return members;
    }
}
