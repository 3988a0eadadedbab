package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Runs that are as long as a block and no whole buddy, of which {@code takeTight} makes the block. */
class BuddyCoreTest {

    /** A block of 12 granules has a buddy of 16, of which it leaves 4. */
    private static final int LENGTH = 12;

    private final BuddyCore core = new BuddyCore(new BuddyAlgorithm(16), 64);

    private void take(int length, int expected) {
        assertThat(core.take(length, 1)).isEqualTo(expected);
    }

    private void release(int start) {
        assertThat(core.claim(start)).isTrue();
        core.release(start);
        core.checkInvariants();
    }

    /** Frees the granules 8 to 15, 24 to 35, and 60 to 63 last. All others are in blocks. */
    private void makeRuns() {
        for (int start = 0; start < 64; start += 8) {
            take(8, start);
        }
        release(32);
        take(4, 32);
        take(4, 36);
        release(56);
        take(4, 56);
        take(4, 60);
        release(8);
        release(24);
        release(32);
        release(60);
    }

    @Test
    void mustTakeARunThatBeginsWithHalfOfTheBuddy() {
        makeRuns();
        assertThat(core.take(LENGTH, 1)).as("a whole buddy").isEqualTo(RegionCore.NONE);
        assertThat(core.takeTight(LENGTH, 1)).isEqualTo(24);
        assertThat(core.lengthOf(24)).isEqualTo(LENGTH);
        core.checkInvariants();
        assertThat(core.takeTight(LENGTH, 1)).as("all other runs are shorter").isEqualTo(RegionCore.NONE);
        release(24);
        assertThat(core.takeTight(LENGTH, 1)).isEqualTo(24);
    }

    @Test
    void mustTakeNoRunThatBeginsElsewhereThanTheAlignmentAllows() {
        makeRuns();
        assertThat(core.takeTight(LENGTH, 16)).isEqualTo(RegionCore.NONE);
        assertThat(core.takeTight(LENGTH, 8)).isEqualTo(24);
    }

    @Test
    void mustTakeNoRunThatBeginsWithASmallerBuddy() {
        for (int start = 0; start < 64; start += 8) {
            take(8, start);
        }
        release(48);
        take(4, 48);
        take(4, 52);
        release(0);
        release(52);
        release(56);
        release(16);
        assertThat(core.takeTight(LENGTH, 1))
                .as("12 granules that begin with a buddy of 4")
                .isEqualTo(RegionCore.NONE);
        assertThat(core.takeTight(8, 1)).isEqualTo(0);
    }
}
