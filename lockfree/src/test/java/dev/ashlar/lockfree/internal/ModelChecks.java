package dev.ashlar.lockfree.internal;

import dev.ashlar.testkit.TestLength;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** The length of the model checks: short by default, much longer with the system property {@code ashlar.tests=long}. */
public final class ModelChecks {

    private ModelChecks() {}

    /**
     * Lincheck's model checker. It tries interleavings of random short scenarios under sequential consistency, so it
     * finds wrong algorithms and wrong orders of operations, but not a memory order that is too weak.
     */
    public static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(3)
                .actorsAfter(2)
                .iterations(TestLength.of(5, 500))
                .invocationsPerIteration(TestLength.of(300, 10_000));
    }
}
