package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** A region and a bitmap of its granules. After every step the core is checked against the bitmap. */
final class Model {

    private final RegionAlgorithm fit;
    private final RegionCore core;
    private final BitSet taken = new BitSet();
    private final List<Integer> starts = new ArrayList<>();

    Model(RegionAlgorithm fit, int length) {
        this.fit = fit;
        this.core = fit.region(length);
        check();
    }

    RegionCore core() {
        return core;
    }

    int blocks() {
        return starts.size();
    }

    /** Takes a block. If it is refused, checks that there is no room, and returns false. */
    boolean take(int length, int alignment) {
        int room = core.room();
        boolean taken = took(core.take(length, alignment), length, alignment);
        assertThat(taken || alignment > 1 || fit.runFor(length, alignment) > room)
                .as("%d granules are refused though a run of %d is free", length, room)
                .isTrue();
        return taken;
    }

    /** Takes a block anywhere. */
    boolean takeTight(int length, int alignment) {
        return took(core.takeTight(length, alignment), length, alignment);
    }

    private boolean took(int start, int length, int alignment) {
        if (start == RegionCore.NONE) {
            check();
            return false;
        }
        assertThat(core.lengthOf(start)).as("length of the block").isEqualTo(fit.rounded(length));
        assertThat(start % alignment).as("misalignment").isZero();
        put(start);
        starts.add(start);
        check();
        return true;
    }

    private void put(int start) {
        int end = start + core.lengthOf(start);
        assertThat(start).isNotNegative();
        assertThat(end).isLessThanOrEqualTo(core.length());
        assertThat(taken.get(start, end).isEmpty()).as("free before").isTrue();
        taken.set(start, end);
    }

    /** Frees one of the blocks. */
    int release(int pick) {
        int index = pick % starts.size();
        int start = starts.get(index);
        starts.subList(index, index + 1).clear();
        int length = core.lengthOf(start);
        assertThat(core.claim(start)).as("first claim").isTrue();
        assertThat(core.claim(start)).as("second claim").isFalse();
        assertThat(core.release(start)).isEqualTo(length);
        taken.clear(start, start + length);
        check();
        return start;
    }

    /** Changes the length of one of the blocks; it must succeed if the granules behind it are free or not needed. */
    boolean resize(int pick, int length) {
        int start = starts.get(pick % starts.size());
        int before = core.lengthOf(start);
        int end = start + fit.rounded(length);
        boolean possible = end <= core.length()
                && taken.get(Math.min(end, start + before), end).isEmpty();
        assertThat(core.resize(start, length)).as("resized").isEqualTo(possible);
        if (possible) {
            taken.clear(start, start + before);
            put(start);
        } else {
            assertThat(core.lengthOf(start)).as("length as before").isEqualTo(before);
        }
        check();
        return possible;
    }

    void releaseAll() {
        while (!starts.isEmpty()) {
            release(starts.size() - 1);
        }
    }

    /** The longest run of granules that are in no block. */
    int longestFree() {
        int longest = 0;
        for (int from = 0; from < core.length(); from = Math.max(from + 1, taken.nextSetBit(from))) {
            int next = taken.nextSetBit(from);
            longest = Math.max(longest, (next < 0 ? core.length() : next) - from);
            if (next < 0) {
                break;
            }
        }
        return longest;
    }

    private void check() {
        core.checkInvariants();
        assertThat(core.used()).as("used granules").isEqualTo(taken.cardinality());
        assertThat(core.blocks()).isEqualTo(starts.size());
        assertThat(core.room()).as("room").isLessThanOrEqualTo(longestFree());
        for (int start : starts) {
            assertThat(core.isLive(start)).isTrue();
            int last = start + core.lengthOf(start) - 1;
            assertThat(last == start || !core.isLive(last)).as("dead inside").isTrue();
            assertThat(core.nextLive(start)).isEqualTo(start);
            assertThat(core.previousLive(last)).isEqualTo(start);
        }
    }
}
