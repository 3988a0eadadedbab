package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** First fit beside a search of single granules, and the plain buddy in the same terms. */
class FirstFitProperties {

    private static final int RANGE = 256;

    /** A request if {@code length} is positive; otherwise a free of the block that is so far from the first. */
    record Step(int length, int alignment, int freed) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.integers().between(-40, 40),
                        Arbitraries.of(1, 1, 1, 2, 8, 32),
                        Arbitraries.integers().between(0, 100))
                .as(Step::new)
                .list()
                .ofMaxSize(200);
    }

    @Property
    void mustTakeTheFirstRunThatIsLongEnough(@ForAll("steps") List<Step> steps) {
        FirstFit heap = new FirstFit(RANGE, 1);
        Granules granules = new Granules();
        for (Step step : steps) {
            if (step.length() > 0) {
                int start = heap.take(step.length(), step.alignment());
                assertThat(start).isEqualTo(granules.firstFit(step.length(), step.alignment()));
                granules.take(start, step.length());
            } else if (!granules.blocks.isEmpty()) {
                int start = granules.nth(step.freed());
                heap.release(start, granules.release(start));
            }
            assertThat(heap.end()).as("end").isEqualTo(granules.used.length());
            assertThat(freeRuns(heap)).as("free granules below the end").isEqualTo(granules.free());
        }
        assertThat(heap.unusable(16L * OffsetHeap.GRANULE))
                .as("share of runs below 16")
                .isCloseTo(granules.unusable(16), within(1e-9));
    }

    @Property
    void mustHoldTheBuddyUpToItsLastBlock(@ForAll("steps") List<Step> steps) {
        BinaryBuddy heap = new BinaryBuddy(RANGE, 1);
        Granules granules = new Granules();
        for (Step step : steps) {
            if (step.length() > 0) {
                int start = heap.take(step.length(), step.alignment());
                int buddy = Integer.highestOneBit(2 * step.length() - 1);
                if (start != OffsetHeap.NONE) {
                    assertThat(start % Math.max(buddy, step.alignment()))
                            .as("%s starts at %d", step, start)
                            .isZero();
                }
                granules.take(start, buddy);
            } else if (!granules.blocks.isEmpty()) {
                int start = granules.nth(step.freed());
                granules.release(start);
                heap.release(start, 1);
            }
            assertThat(heap.end()).as("end").isEqualTo(granules.used.length());
            assertThat(freeRuns(heap)).as("free granules below the end").isEqualTo(granules.free());
        }
    }

    private static int freeRuns(OffsetHeap heap) {
        int[] sum = new int[1];
        heap.freeRuns(length -> sum[0] += length);
        return sum[0];
    }

    /** The model: which granules are used. */
    private static final class Granules {
        final BitSet used = new BitSet();
        final TreeMap<Integer, Integer> blocks = new TreeMap<>();

        int firstFit(int length, int alignment) {
            int least = length + alignment - 1;
            for (int from = used.nextClearBit(0); from + least <= RANGE; from = used.nextClearBit(from + 1)) {
                int taken = used.nextSetBit(from);
                int end = taken < 0 ? RANGE : taken;
                if (end - from >= least) {
                    return Math.ceilDiv(from, alignment) * alignment;
                }
                from = end - 1;
            }
            return OffsetHeap.NONE;
        }

        void take(int start, int length) {
            if (start != OffsetHeap.NONE) {
                assertThat(used.get(start, start + length).isEmpty())
                        .as("free at %d", start)
                        .isTrue();
                assertThat(start + length).isLessThanOrEqualTo(RANGE);
                used.set(start, start + length);
                blocks.put(start, length);
            }
        }

        int nth(int n) {
            return blocks.keySet().stream().skip(n % blocks.size()).findFirst().orElseThrow();
        }

        int release(int start) {
            int length = Objects.requireNonNull(blocks.remove(start));
            used.clear(start, start + length);
            return length;
        }

        int free() {
            return used.length() - used.cardinality();
        }

        double unusable(int length) {
            int small = 0;
            for (int from = used.nextClearBit(0); from < used.length(); ) {
                int end = used.nextSetBit(from);
                small += end - from < length ? end - from : 0;
                from = used.nextClearBit(end);
            }
            return free() == 0 ? 0 : (double) small / free();
        }
    }
}
