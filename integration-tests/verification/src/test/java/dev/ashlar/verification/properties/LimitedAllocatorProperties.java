package dev.ashlar.verification.properties;

import dev.ashlar.spi.AllocatorProvider;
import java.util.List;
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
    Arbitrary<List<Step>> steps() {
        return Steps.underScarcity();
    }

    @Property(edgeCases = EdgeCasesMode.NONE) // they would use all tries, but find little in long lists
    void mustStayAsItWasWhenItRefusesAndServeAgainWhenMemoryIsFreed(
            @ForAll("steps") List<Step> steps,
            @ForAll @LongRange(min = 4, max = 20) long limitUnits,
            @ForAll @LongRange(min = 0, max = 4) long retainedUnits) {
        for (AllocatorProvider provider : Subjects.strategies()) {
            try (Model model = new Model(provider, limitUnits * UNIT, retainedUnits * UNIT)) {
                model.run(steps);
                Ending.finish(provider, model);
            }
        }
    }
}
