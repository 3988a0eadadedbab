package dev.ashlar.verification.properties;

import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.AllocatorProvider;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Every installed strategy compared with a model, for random sequences of all operations. */
class AllocatorProperties {

    @Provide
    Arbitrary<List<Step>> steps() {
        return Steps.any();
    }

    @Property(edgeCases = EdgeCasesMode.NONE) // they would use all tries, but find little in long lists
    void mustKeepTheRulesAfterEveryStepAndGiveEverythingBack(
            @ForAll("steps") List<Step> steps, @ForAll boolean keepsMemory) {
        for (AllocatorProvider provider : Subjects.strategies()) {
            try (Model model = model(provider, keepsMemory)) {
                model.run(steps);
                Ending.finish(provider, model);
            }
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE, tries = 50)
    void mustGiveEverythingBackWhenClosedWithLiveBlocks(
            @ForAll("steps") List<Step> steps, @ForAll boolean keepsMemory) {
        for (AllocatorProvider provider : Subjects.strategies()) {
            try (Model model = model(provider, keepsMemory)) {
                model.run(steps);
                Ending.abandon(model);
            }
        }
    }

    private static Model model(AllocatorProvider provider, boolean keepsMemory) {
        return new Model(provider, AllocationException.NO_LIMIT, keepsMemory ? 1 << 20 : 0);
    }
}
