package dev.ashlar.benchmarks;

import static dev.ashlar.benchmarks.NoGarbageContract.PAIRS;
import static dev.ashlar.benchmarks.NoGarbageContract.bytesPerPair;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.sequence.LongVector;
import dev.ashlar.arena.sequence.StructVector;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An append to a vector that has room, and reading it again, make no object, once they are compiled. */
class VectorNoGarbageTest {

    private final Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());

    @AfterEach
    void close() {
        allocator.close();
    }

    @Test
    void numbersMustMakeNoGarbage() {
        try (LongVector vector = new LongVector(allocator)) {
            assertThat(bytesPerPair(() -> {
                        vector.clear();
                        for (int i = 0; i < PAIRS; i++) {
                            vector.append(i);
                            vector.set(i, vector.get(i) + 1);
                        }
                    }))
                    .isLessThan(1);
        }
    }

    @Test
    void structsThatDoNotEscapeMustMakeNoGarbage() {
        try (StructVector vector = new StructVector(allocator, MemoryLayout.sequenceLayout(3, ValueLayout.JAVA_LONG))) {
            assertThat(bytesPerPair(() -> {
                        vector.clear();
                        for (int i = 0; i < PAIRS; i++) {
                            FirstByte.touch(vector.append());
                            FirstByte.touch(vector.get(i));
                        }
                    }))
                    .isLessThan(1);
        }
    }
}
