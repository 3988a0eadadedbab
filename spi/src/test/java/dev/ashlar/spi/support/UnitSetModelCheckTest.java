package dev.ashlar.spi.support;

import java.util.BitSet;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/** A unit set against a bit set; each thread gives back what it took itself. */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "count", gen = IntGen.class, conf = "1:3")
public class UnitSetModelCheckTest {

    private static final int UNITS = 4;
    private static final int THREADS = 5; // those of the parallel part, and a first and a last one

    private final UnitSet units = new UnitSet(UNITS);
    private final int[] first = new int[THREADS];
    private final int[] held = new int[THREADS];

    /** Takes a run, unless the thread holds one. */
    @Operation
    public int take(@Param(name = "thread") int thread, @Param(name = "count") int count) {
        if (held[thread] != 0) {
            return -2;
        }
        first[thread] = units.take(count);
        held[thread] = first[thread] < 0 ? 0 : count;
        return first[thread];
    }

    /** Gives back the run that the thread holds, and tells whether no unit is in use then. */
    @Operation
    public boolean give(@Param(name = "thread") int thread) {
        boolean unused = held[thread] != 0 && units.give(first[thread], held[thread]);
        held[thread] = 0;
        return unused;
    }

    /** Retires the set. */
    @Operation
    public boolean retire() {
        return units.retire();
    }

    @Test
    void mustTakeAndGiveAndRetireAtOnce() {
        boolean isLong = "long".equals(System.getProperty("ashlar.tests"));
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(2)
                .actorsAfter(1)
                .iterations(isLong ? 500 : 4)
                .invocationsPerIteration(isLong ? 10_000 : 200)
                .sequentialSpecification(Sequential.class)
                .checkObstructionFreedom(true)
                .check(UnitSetModelCheckTest.class);
    }

    /** What a unit set does in one thread. */
    public static class Sequential {

        private final BitSet used = new BitSet();
        private final int[] first = new int[THREADS];
        private final int[] held = new int[THREADS];

        /** See {@link UnitSetModelCheckTest#take}. */
        public int take(int thread, int count) {
            if (held[thread] != 0) {
                return -2;
            }
            for (int unit = 0; unit + count <= UNITS; unit++) {
                if (used.get(unit, unit + count).isEmpty()) {
                    used.set(unit, unit + count);
                    first[thread] = unit;
                    held[thread] = count;
                    return unit;
                }
            }
            return -1;
        }

        /** See {@link UnitSetModelCheckTest#give}. */
        public boolean give(int thread) {
            boolean holds = held[thread] != 0;
            used.clear(first[thread], first[thread] + held[thread]);
            held[thread] = 0;
            return holds && used.isEmpty();
        }

        /** See {@link UnitSetModelCheckTest#retire}. */
        public boolean retire() {
            boolean unused = used.isEmpty();
            if (unused) {
                used.set(0, UNITS);
            }
            return unused;
        }
    }
}
