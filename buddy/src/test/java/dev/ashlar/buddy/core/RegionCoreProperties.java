package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** Every algorithm compared with a bitmap of granules, for random sequences of all operations. */
class RegionCoreProperties {

    /** A step: its kind, a block and a length. */
    record Step(Kind kind, int pick, int length, int alignment) {
        enum Kind {
            TAKE,
            RELEASE,
            RESIZE
        }
    }

    @Provide
    Arbitrary<RegionAlgorithm> fits() {
        return Arbitraries.of(
                new BuddyAlgorithm(1), new BuddyAlgorithm(4), new BuddyAlgorithm(16), new TlsfAlgorithm());
    }

    @Provide
    Arbitrary<Integer> lengths() {
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of(1, 2, 63, 64, 65, 1024, 4097)),
                Tuple.of(2, Arbitraries.integers().between(1, 2000)));
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Step.Kind> kinds = Arbitraries.frequency(
                Tuple.of(5, Step.Kind.TAKE), Tuple.of(3, Step.Kind.RELEASE), Tuple.of(2, Step.Kind.RESIZE));
        Arbitrary<Integer> wanted = Arbitraries.integers()
                .between(0, 10)
                .flatMap(bits -> Arbitraries.integers().between(1 << bits, 2 << bits));
        Arbitrary<Integer> alignments = Arbitraries.integers().between(-6, 7).map(power -> 1 << Math.max(0, power));
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 1000), wanted, alignments)
                .as(Step::new)
                .list()
                .ofMaxSize(150);
    }

    @Property
    void mustKeepBlocksApartAndCountEveryGranule(
            @ForAll("fits") RegionAlgorithm fit, @ForAll("lengths") int length, @ForAll("steps") List<Step> steps) {
        Model model = run(fit, length, steps);
        model.releaseAll();
        assertOneFreeRun(model.core(), fit);
    }

    private static Model run(RegionAlgorithm fit, int length, List<Step> steps) {
        Model model = new Model(fit, length);
        for (Step step : steps) {
            if (step.kind == Step.Kind.TAKE) {
                model.take(step.length, step.alignment);
            } else if (model.blocks() > 0) {
                if (step.kind == Step.Kind.RELEASE) {
                    model.release(step.pick);
                } else {
                    model.resize(step.pick, step.length);
                }
            }
        }
        return model;
    }

    /** The region is like a new one: it has its longest run, and no bit of a block is set. */
    private static void assertOneFreeRun(RegionCore core, RegionAlgorithm fit) {
        RegionCore unused = fit.region(core.length());
        assertThat(core.used()).isZero();
        assertThat(core.room()).isEqualTo(unused.room());
        assertThat(core.nextLive(0)).isEqualTo(RegionCore.NONE);
        int whole = unused.room();
        assertThat(core.take(whole, 1)).isZero();
    }

    @Property
    void mustServeTheSameRequestAgainInAFullRegion(
            @ForAll("fits") RegionAlgorithm fit,
            @ForAll("steps") List<Step> steps,
            @ForAll @IntRange(min = 1, max = 90) int length,
            @ForAll @IntRange(max = 6) int alignmentPower,
            @ForAll @IntRange(max = 10_000) int pick) {
        Model model = run(fit, 1500, steps);
        int others = model.blocks();
        int alignment = 1 << alignmentPower;
        while (model.take(length, alignment)) {
            // until the region is full
        }
        int same = model.blocks() - others;
        for (int i = 0; i < Math.min(20, same); i++) {
            model.release(others + (pick + i) % same);
            assertThat(model.take(length, alignment)).as("the same request").isTrue();
        }
    }

    @Property
    void mustServeTheSameRequestAgainWhenOthersTookWhatItsBlockDidWithout(
            @ForAll("fits") RegionAlgorithm fit,
            @ForAll("steps") List<Step> before,
            @ForAll @IntRange(min = 1, max = 200) int length,
            @ForAll @IntRange(max = 6) int alignmentPower,
            @ForAll @IntRange(min = 1, max = 20) int others) {
        Model model = run(fit, 1500, before);
        int alignment = 1 << alignmentPower;
        Assume.that(model.take(length, alignment));
        int block = model.blocks() - 1;
        while (model.take(others, 1)) {
            // until the rest is full
        }
        model.release(block);
        assertThat(model.takeTight(length, alignment)).as("the same request").isTrue();
    }

    @Property
    void mustServeARequestInAnUnusedRegionOfTheLengthItNeeds(
            @ForAll("fits") RegionAlgorithm fit,
            @ForAll @IntRange(min = 1, max = 100_000) int length,
            @ForAll @IntRange(max = 12) int alignmentPower,
            @ForAll @IntRange(max = 300) int more) {
        int alignment = 1 << alignmentPower;
        RegionCore core = fit.region(fit.runFor(length, alignment) + more);
        assertThat(core.room()).isGreaterThanOrEqualTo(fit.runFor(length, alignment));
        assertThat(core.take(length, alignment)).isNotEqualTo(RegionCore.NONE);
    }

    @Property
    void mustRoundUpByNoMoreThanPromised(
            @ForAll("fits") RegionAlgorithm fit,
            @ForAll @IntRange(min = 1, max = RegionAlgorithm.LARGEST_REGION) int length) {
        int rounded = fit.rounded(length);
        assertThat(rounded).isGreaterThanOrEqualTo(length);
        assertThat(fit.rounded(rounded)).as("rounded again").isEqualTo(rounded);
        long waste = (long) rounded - length;
        switch (fit) {
            case TlsfAlgorithm tlsf -> assertThat(waste * 32).isLessThan(length);
            case BuddyAlgorithm(int parts) -> assertThat(waste * parts).isLessThan(2L * length);
        }
    }
}
