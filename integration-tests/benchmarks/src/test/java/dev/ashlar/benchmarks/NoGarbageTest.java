package dev.ashlar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A pair makes no object, once it is compiled. It is tested here, where little else runs in the JVM: what the compiler
 * leaves out depends on what it has seen.
 */
class NoGarbageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int PAIRS = 10_000;

    /** Rounds that the compiler is given. */
    private static final int ROUNDS = 5_000;

    private static Allocator create(String strategy) {
        return AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
    }

    @ParameterizedTest
    @CsvSource({"slab, 64", "slab, 1024", "slab, 16384", "lockfree, 64", "lockfree, 1024", "lockfree, 16384"})
    void pairsOfAddressesMustMakeNoGarbage(String strategy, long byteSize) {
        try (Allocator allocator = create(strategy)) {
            AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
            assertThat(bytesPerPair(() -> pairs(addresses, byteSize))).isLessThan(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"slab, 64", "slab, 1024", "slab, 16384", "lockfree, 64", "lockfree, 1024", "lockfree, 16384"})
    void pairsOfSegmentsThatDoNotEscapeMustMakeNoGarbage(String strategy, long byteSize) {
        try (Allocator allocator = create(strategy)) {
            assertThat(bytesPerPair(() -> pairs(allocator, byteSize))).isLessThan(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"slab, 64", "slab, 1024", "slab, 16384", "lockfree, 64", "lockfree, 1024", "lockfree, 16384"})
    void pairsOfAConfinedViewMustMakeNoGarbage(String strategy, long byteSize) {
        try (Allocator allocator = create(strategy);
                Allocator view = allocator.as(Confinable.class).orElseThrow().confined()) {
            assertThat(bytesPerPair(() -> pairs(view, byteSize))).isLessThan(1);
        }
    }

    private static void pairs(AddressAllocator addresses, long byteSize) {
        for (int i = 0; i < PAIRS; i++) {
            long address = addresses.allocateAddress(byteSize, 8);
            FirstByte.touch(address);
            addresses.freeAddress(address, byteSize);
        }
    }

    private static void pairs(Allocator allocator, long byteSize) {
        for (int i = 0; i < PAIRS; i++) {
            MemorySegment block = allocator.allocate(byteSize, 8);
            FirstByte.touch(block);
            allocator.free(block);
        }
    }

    /** Bytes that the calling thread allocates on the Java heap for each pair, in the best of many rounds. */
    private static double bytesPerPair(Runnable pairs) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS && best >= 1; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            pairs.run();
            best = Math.min(best, (double) (THREADS.getCurrentThreadAllocatedBytes() - before) / PAIRS);
        }
        return best;
    }
}
