package dev.ashlar.verification.properties;

import dev.ashlar.verification.properties.Subject.Kind;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Every installed strategy, and decorators over them, compared with a model, for random sequences of all operations.
 */
class AllocatorProperties {

    private static final long RETAINED = 1 << 20;

    @Provide
    Arbitrary<Sequence> sequences() {
        return Steps.any();
    }

    @Provide
    Arbitrary<Sequence> sequencesWithFaults() {
        return Steps.withFaults();
    }

    @Provide
    Arbitrary<Kind> compositions() {
        return Arbitraries.of(Subjects.compositions());
    }

    @Property(edgeCases = EdgeCasesMode.NONE) // they would use all tries, but find little in long lists
    void mustKeepTheRulesAfterEveryStepAndGiveEverythingBack(
            @ForAll("sequences") Sequence sequence, @ForAll boolean keepsMemory) {
        for (Kind kind : Subjects.strategies()) {
            finish(kind, sequence, keepsMemory, false);
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustKeepTheRulesInEveryComposition(
            @ForAll("compositions") Kind kind, @ForAll("sequences") Sequence sequence, @ForAll boolean keepsMemory) {
        finish(kind, sequence, keepsMemory, false);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void mustKeepTheRulesInEveryCompositionWhoseSourceFails(
            @ForAll("compositions") Kind kind,
            @ForAll("sequencesWithFaults") Sequence sequence,
            @ForAll boolean keepsMemory) {
        finish(kind, sequence, keepsMemory, true);
    }

    private static void finish(Kind kind, Sequence sequence, boolean keepsMemory, boolean isScarce) {
        try (Model model = new Model(kind.create(keepsMemory ? RETAINED : 0), isScarce)) {
            model.run(sequence);
            Ending.finish(kind, model);
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE, tries = 50)
    void mustGiveEverythingBackWhenClosedWithLiveBlocks(
            @ForAll("sequences") Sequence sequence, @ForAll boolean keepsMemory) {
        for (Kind kind : Subjects.strategies()) {
            abandon(kind, sequence, keepsMemory);
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE, tries = 50)
    void mustLeaveLiveBlocksToWhatIsUnderneathWhenACompositionIsClosed(
            @ForAll("compositions") Kind kind, @ForAll("sequences") Sequence sequence, @ForAll boolean keepsMemory) {
        abandon(kind, sequence, keepsMemory);
    }

    private static void abandon(Kind kind, Sequence sequence, boolean keepsMemory) {
        try (Model model = new Model(kind.create(keepsMemory ? RETAINED : 0), false)) {
            model.run(sequence);
            Ending.abandon(model);
        }
    }
}
