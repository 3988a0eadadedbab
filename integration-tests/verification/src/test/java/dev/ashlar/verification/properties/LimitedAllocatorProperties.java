package dev.ashlar.verification.properties;

import dev.ashlar.verification.properties.Subject.Kind;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/**
 * Every installed strategy compared with a model, under a limit that a few large blocks use up, and with a source that
 * fails. Every refusal must leave everything as it was.
 */
class LimitedAllocatorProperties {

    private static final long UNIT = 64 * 1024;

    @Provide
    Arbitrary<Sequence> sequences() {
        return Steps.underScarcity();
    }

    @Property(edgeCases = EdgeCasesMode.NONE) // they would use all tries, but find little in long lists
    void mustStayAsItWasWhenItRefusesAndServeAgainWhenMemoryIsFreed(
            @ForAll("sequences") Sequence sequence,
            @ForAll @LongRange(min = 4, max = 20) long limitUnits,
            @ForAll @LongRange(min = 0, max = 4) long retainedUnits) {
        for (Kind kind : Subjects.strategies()) {
            try (Model model = new Model(kind.create(limitUnits * UNIT, retainedUnits * UNIT), true)) {
                model.run(sequence);
                Ending.finish(kind, model);
            }
        }
    }
}
