package dev.ashlar.lockfree.internal;

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/** How much tests do: a little by default, much more with the system property {@code ashlar.tests=long}. */
public final class Lengths {

    private Lengths() {}

    /** One of two counts. */
    public static int times(int usually, int whenLong) {
        return "long".equals(System.getProperty("ashlar.tests")) ? whenLong : usually;
    }

    /**
     * Lincheck's model checker. It tries interleavings of random short scenarios under sequential consistency, so it finds
     * wrong algorithms and wrong orders of operations, but not a memory order that is too weak.
     */
    public static ModelCheckingOptions modelCheck() {
        return new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(3)
                .actorsAfter(2)
                .iterations(times(5, 500))
                .invocationsPerIteration(times(300, 10_000));
    }
}
