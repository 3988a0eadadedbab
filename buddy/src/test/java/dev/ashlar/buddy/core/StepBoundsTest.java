package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation takes a bounded number of steps, whatever happened before. Steps are counted, not timed. */
class StepBoundsTest {

    /** 64 MiB in granules of 64 bytes. */
    private static final int LENGTH = 1 << 20;

    /**
     * Searches of bit trees of 4 levels (up to 7 words each, two or three of them), and two chains of at most half a
     * segment, each passed through at most twice: to find a run and to take it out.
     */
    private static final int TLSF = 3 * 7 + 4 * FreeRuns.SEGMENT / 2;

    /**
     * Cutting a block of 2^20 granules into at most two buddies of each of 21 orders; joins are at most as many,
     * because each join after the first of a cut is one buddy less; and the searches for where blocks end and which
     * buddy is free.
     */
    private static final int BUDDY = 4 * 21 + 3 * 9;

    static List<Arguments> fits() {
        return List.of(
                Arguments.of(new TlsfAlgorithm(), TLSF),
                Arguments.of(new BuddyAlgorithm(1), BUDDY),
                Arguments.of(new BuddyAlgorithm(16), BUDDY));
    }

    /** Runs an operation and checks its number of steps. */
    private static int counted(RegionCore core, int bound, IntSupplier operation) {
        long before = core.steps();
        int result = operation.getAsInt();
        assertThat(core.steps() - before).as("steps").isLessThanOrEqualTo(bound);
        return result;
    }

    private static int take(RegionCore core, int bound, int length, int alignment) {
        return counted(core, bound, () -> core.take(length, alignment));
    }

    private static void free(RegionCore core, int bound, int start) {
        assertThat(core.claim(start)).isTrue();
        counted(core, bound, () -> core.release(start));
    }

    /** As many free runs as there can be, all of one list, in the order that makes their chains longest. */
    @ParameterizedTest
    @MethodSource("fits")
    void mustNotSearchThroughACheckerboard(RegionAlgorithm fit, int bound) {
        RegionCore core = fit.region(LENGTH);
        for (int i = 0; i < LENGTH; i++) {
            assertThat(take(core, bound, 1, 1)).isEqualTo(i);
        }
        for (int i = 0; i < LENGTH; i += 2) {
            free(core, bound, i);
        }
        assertThat(take(core, bound, 2, 1)).as("two granules in a checkerboard").isEqualTo(RegionCore.NONE);
        assertThat(take(core, bound, LENGTH / 2, 1)).isEqualTo(RegionCore.NONE);
        for (int i = 1; i < LENGTH; i += 2) {
            free(core, bound, i); // joins with both sides, of which the left one grows with every step
        }
        assertThat(core.used()).isZero();
    }

    /** A request is refused among very many runs of half its length, and again after each free. */
    @ParameterizedTest
    @MethodSource("fits")
    void mustNotSearchLongBeforeARequestIsRefused(RegionAlgorithm fit, int bound) {
        RegionCore core = fit.region(LENGTH);
        while (core.take(64, 1) != RegionCore.NONE) {
            // until it is full
        }
        int tight = 3 * bound + 16 * (9 + 2 * 21) + 42 * 21; // 16 runs that begin with a buddy, and one of any buddies
        for (int i = 0; i < LENGTH; i += 128) {
            free(core, bound, i);
            assertThat(counted(core, tight, () -> core.takeTight(65, 1))).isEqualTo(RegionCore.NONE);
        }
        free(core, bound, LENGTH - 64);
        assertThat(counted(core, tight, () -> core.takeTight(65, 1))).isEqualTo(LENGTH - 128);
    }

    /** A request that no run of its list serves, though there are very many just below. */
    @Test
    void mustNotLookThroughRunsThatAreALittleTooShort() {
        RegionCore core = new TlsfAlgorithm().region(LENGTH);
        List<Integer> large = new ArrayList<>();
        while (true) {
            int start = take(core, TLSF, 64, 1);
            if (start == RegionCore.NONE || take(core, TLSF, 1, 1) == RegionCore.NONE) {
                break;
            }
            large.add(start);
        }
        large.forEach(start -> free(core, TLSF, start));
        for (int i = 0; i < 1000; i++) {
            assertThat(take(core, TLSF, 65, 1)).isEqualTo(RegionCore.NONE);
        }
    }

    /** Aligned requests among very many runs that are long enough but badly aligned. */
    @Test
    void mustGiveUpSoonWhenNoRunIsAligned() {
        RegionCore core = new TlsfAlgorithm().region(LENGTH);
        int alignment = 64;
        List<Integer> badlyPlaced = new ArrayList<>();
        for (int start = 0; start < LENGTH; start += alignment) {
            assertThat(core.take(1, 1)).isEqualTo(start); // the aligned granule of each 64
            badlyPlaced.add(core.take(alignment - 1, 1));
        }
        badlyPlaced.forEach(start -> free(core, TLSF, start));
        for (int i = 0; i < 1000; i++) {
            int bound = TLSF + 4 * 32 * 6; // four runs of 32 lists of each doubling up to the alignment
            assertThat(take(core, bound, 1 + i % 63, alignment)).isEqualTo(RegionCore.NONE);
        }
    }

    @ParameterizedTest
    @MethodSource("fits")
    void mustStayWithinItsBoundDuringAChurn(RegionAlgorithm fit, int bound) {
        RegionCore core = fit.region(LENGTH - 12_345);
        SplittableRandom random = new SplittableRandom(1);
        List<Integer> live = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            int length = 1 + (int) Math.exp(random.nextDouble() * 9);
            int start = take(core, bound, length, 1);
            if (start == RegionCore.NONE || live.size() > 3000) {
                free(core, bound, live.removeLast());
            }
            if (start != RegionCore.NONE) {
                live.add(start);
                int other = random.nextInt(live.size());
                live.set(live.size() - 1, live.set(other, start));
                int resized = live.get(random.nextInt(live.size()));
                counted(core, 3 * bound, () -> core.resize(resized, length) ? 1 : 0);
            }
        }
        core.checkInvariants();
    }
}
