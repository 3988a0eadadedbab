package dev.ashlar.slab.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.UnitChunk;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * What the tests with Lincheck's model checker share. It tries interleavings of random short scenarios under sequential
 * consistency, so it finds wrong algorithms and wrong orders of operations, but not a memory order that is too weak.
 */
final class ModelCheck {

    /** Slabs of class 0 with different first units, by which a test tells them apart. */
    static final Slab[] SLABS = new Slab[3];

    static {
        UnitChunk chunk = new UnitChunk(new Memory(MemorySegment.ofArray(new long[8 * UnitChunk.PAGE / Long.BYTES])));
        for (int i = 0; i < SLABS.length; i++) {
            SLABS[i] = new Slab(chunk, i, 1, 0, 64);
        }
    }

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    private ModelCheck() {}

    static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(2)
                .actorsAfter(1)
                .iterations(TestLength.of(4, 500))
                .invocationsPerIteration(TestLength.of(200, 10_000));
    }
}
