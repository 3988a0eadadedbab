package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.Hardening.Level;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hardened allocator has the figures of what its clients asked for, without redzones and quarantine. */
class HardenedFiguresTest {

    private static final int BLOCKS = 1_000;

    /** What is added is known when figures are read, not at the peak itself. */
    @ParameterizedTest
    @EnumSource
    void requestedBytesAtThePeakMustBeTheClients(Level level) {
        try (Allocator slab = AllocatorProviders.require("slab")
                        .create(AllocatorConfig.builder().retainedBytes(0).build());
                Allocator hardened = Allocators.hardening(slab, Hardening.of(level))) {
            for (int byteSize : new int[] {100, 300}) { // the second peak is higher
                List<MemorySegment> blocks = hardened.allocateAll(byteSize, 8, BLOCKS);
                assertThat(hardened.stats().requestedBytes()).isEqualTo((long) BLOCKS * byteSize);
                double atPeak = slab.stats().requestedAtPeakBytes(); // some blocks fit in without more memory
                double share = atPeak / slab.stats().requestedBytes();
                assertThat((double) hardened.stats().requestedAtPeakBytes() / (BLOCKS * byteSize))
                        .isCloseTo(share, within(level == Level.SIZES ? 0 : 0.1));
                hardened.freeAll(blocks);
                hardened.trim(); // empties the quarantine
            }
            long atPeak = hardened.stats().requestedAtPeakBytes();
            hardened.free(hardened.allocate(10, 8)); // no peak
            assertThat(hardened.stats().requestedAtPeakBytes()).isEqualTo(atPeak);
            assertThat(hardened.stats().requestedBytes()).isZero();
        }
    }
}
