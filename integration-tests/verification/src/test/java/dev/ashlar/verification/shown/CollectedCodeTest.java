package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.heap.collected.Algorithm;
import dev.ashlar.heap.collected.CollectedHeap;
import dev.ashlar.heap.collected.Layout;
import dev.ashlar.heap.collected.Scope;
import dev.ashlar.spi.Ashlar;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Code with collected objects. */
class CollectedCodeTest {

    @Test
    void collected() {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="collected"
            Layout node = new Layout(2, 8); // 2 references and 8 bytes of data
            CollectedHeap heap = CollectedHeap.builder(allocator, 256 << 20)
                    .algorithm(Algorithm.GENERATIONAL)
                    .build();
            try (Scope scope = heap.scope()) {
                long first = scope.allocate(node);
                long second = scope.allocate(node);
                heap.set(first, 0, second);
                heap.set(second, 0, first);
                heap.write(second, data -> data.set(ValueLayout.JAVA_LONG, 0, 42));
            }
            heap.collect(); // both are free: no scope holds them
            // @end
            assertThat(heap.stats().collectedObjects()).isEqualTo(2);
            heap.close();
        }
    }
}
