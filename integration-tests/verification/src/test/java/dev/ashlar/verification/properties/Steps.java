package dev.ashlar.verification.properties;

import dev.ashlar.testkit.TestLength;
import dev.ashlar.verification.properties.Step.Bad;
import dev.ashlar.verification.properties.Step.Change;
import dev.ashlar.verification.properties.Step.Misuse;
import dev.ashlar.verification.properties.Step.Way;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random sequences of {@link Step}s. They shrink to fewer steps, smaller blocks and the first live ones. */
final class Steps {

    /** The largest requested block, above the largest size class, so that some requests go upstream. */
    static final long LARGEST = 200 * 1024;

    private static final int MOST_STEPS = TestLength.of(60, 120);
    private static final int LARGEST_BATCH = 8;

    /** The smallest blocks under a tight limit; with smaller ones filling it takes too long. */
    private static final long SMALLEST_FILLING = 2048;

    private Steps() {}

    /** Steps on an allocator with enough memory. */
    static Arbitrary<Sequence> any() {
        return sequences(operations());
    }

    /** The same, with a source that fails. */
    static Arbitrary<Sequence> withFaults() {
        return sequences(Arbitraries.frequencyOf(Tuple.of(6, operations()), Tuple.of(1, faults())));
    }

    private static Arbitrary<Step> faults() {
        return Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.integers().between(1, 4).map(Step.RefuseTake::new)),
                Tuple.of(3, Arbitraries.integers().between(1, 4).map(Step.FailTake::new)),
                Tuple.of(1, Arbitraries.create(Step.RunDry::new)),
                Tuple.of(2, Arbitraries.create(Step.Recover::new)));
    }

    /** The same under a limit, and steps that exhaust it. */
    static Arbitrary<Sequence> underScarcity() {
        Arbitrary<Request> filling = requests()
                .map(request -> new Request(Math.max(SMALLEST_FILLING, request.byteSize()), request.byteAlignment()));
        Arbitrary<Step> exhausting = Arbitraries.frequencyOf(
                Tuple.of(8, faults()),
                Tuple.of(2, Combinators.combine(filling, picks()).as(Step.FillAndReplace::new)));
        return sequences(Arbitraries.frequencyOf(Tuple.of(6, operations()), Tuple.of(1, exhausting)));
    }

    private static Arbitrary<Sequence> sequences(Arbitrary<Step> steps) {
        return steps.list().ofMinSize(1).ofMaxSize(MOST_STEPS).map(Sequence::new);
    }

    private static Arbitrary<Step> operations() {
        return Arbitraries.frequencyOf(
                Tuple.of(
                        20,
                        Combinators.combine(Arbitraries.of(Way.class), requests())
                                .as(Step.Allocate::new)),
                Tuple.of(3, Combinators.combine(requests(), counts()).as(Step.AllocateMany::new)),
                Tuple.of(
                        3,
                        Combinators.combine(byteSizes().list().ofMaxSize(LARGEST_BATCH), byteAlignments())
                                .as(Step.AllocateList::new)),
                Tuple.of(
                        7,
                        Combinators.combine(picks(), Arbitraries.of(Change.class), requests())
                                .as(Step.Resize::new)),
                Tuple.of(
                        13,
                        Combinators.combine(picks(), Arbitraries.of(true, false))
                                .as(Step.Free::new)),
                Tuple.of(3, manyPicks().map(Step.FreeAll::new)),
                Tuple.of(
                        4,
                        Combinators.combine(Arbitraries.of(Bad.class), Arbitraries.of(Misuse.class), picks())
                                .as(Step.FreeBad::new)),
                Tuple.of(
                        2,
                        Combinators.combine(Arbitraries.of(Bad.class), picks(), manyPicks())
                                .as(Step.FreeAllWithBad::new)),
                Tuple.of(1, manyPicks().map(Step.FreeAllWithOneTwice::new)),
                Tuple.of(2, Arbitraries.create(Step.Trim::new)),
                Tuple.of(2, Arbitraries.of(1, 30, 600).map(Step.Pass::new)),
                Tuple.of(2, Arbitraries.of(0L, 1L, 4096L, 100_000L, 1L << 20).map(Step.SetRetained::new)));
    }

    static Arbitrary<Request> requests() {
        return Combinators.combine(byteSizes(), byteAlignments()).as(Request::new);
    }

    /**
     * Uniform over the logarithm, including the bounds of granules, classes, pages and the largest slot.
     */
    private static Arbitrary<Long> byteSizes() {
        Arbitrary<Long> spread = Combinators.combine(
                        Arbitraries.integers().between(0, 17),
                        Arbitraries.longs().between(0, (1 << 17) - 1))
                .as((bits, rest) -> Math.min(LARGEST, (1L << bits) + (rest & ((1L << bits) - 1))));
        Arbitrary<Long> borders = Arbitraries.of(
                0L, 1L, 7L, 8L, 9L, 127L, 128L, 129L, 4095L, 4096L, 4097L, 65_535L, 65_536L, 65_537L, LARGEST);
        return Arbitraries.frequencyOf(Tuple.of(4, spread), Tuple.of(1, borders));
    }

    /** Half of them are alignments that every block has anyway. */
    private static Arbitrary<Long> byteAlignments() {
        Arbitrary<Long> all = Arbitraries.integers().between(0, 12).map(power -> 1L << power);
        return Arbitraries.frequencyOf(Tuple.of(1, Arbitraries.of(1L, 8L)), Tuple.of(1, all));
    }

    private static Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(0, LARGEST_BATCH);
    }

    private static Arbitrary<Integer> picks() {
        return Arbitraries.integers().between(0, 100);
    }

    private static Arbitrary<List<Integer>> manyPicks() {
        return picks().list().ofMaxSize(LARGEST_BATCH);
    }
}
