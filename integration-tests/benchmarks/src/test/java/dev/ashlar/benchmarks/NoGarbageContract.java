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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A compiled pair makes no object. Each strategy is tested in a JVM in which little else runs, because the compiler's
 * optimisations depend on what ran before.
 */
abstract class NoGarbageContract {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static final int PAIRS = 10_000;

    /** The number of rounds to warm up the compiler. */
    private static final int ROUNDS = 5_000;

    private final Allocator allocator;

    NoGarbageContract(String strategy) {
        allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
    }

    @AfterEach
    void close() {
        allocator.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 1024, 16384})
    void pairsOfAddressesMustMakeNoGarbage(long byteSize) {
        AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
        assertThat(bytesPerPair(() -> pairs(addresses, byteSize))).isLessThan(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 1024, 16384})
    void pairsOfSegmentsThatDoNotEscapeMustMakeNoGarbage(long byteSize) {
        assertThat(bytesPerPair(() -> pairs(allocator, byteSize))).isLessThan(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 1024, 16384})
    void pairsOfAConfinedViewMustMakeNoGarbage(long byteSize) {
        try (Allocator view = allocator.as(Confinable.class).orElseThrow().confined()) {
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
    static double bytesPerPair(Runnable pairs) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS && best >= 1; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            pairs.run();
            best = Math.min(best, (double) (THREADS.getCurrentThreadAllocatedBytes() - before) / PAIRS);
        }
        return best;
    }
}
