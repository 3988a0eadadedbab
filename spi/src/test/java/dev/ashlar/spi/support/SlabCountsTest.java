package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Sums of what heaps counted. */
class SlabCountsTest {

    private static final SizeClasses CLASSES = SizeClasses.of(64, 128);

    private final SlabCounts counts = new SlabCounts();

    @Test
    void mustAddUpByClass() {
        counts.addFreed(new long[] {1, 2}, 50);
        counts.addAllocated(new long[] {5}, 100);
        counts.addAllocated(new long[] {0, 4, 0}, 400);
        assertThat(counts.allocations()).isEqualTo(9);
        assertThat(counts.liveBlocks()).isEqualTo(6);
        assertThat(counts.requestedBytes()).isEqualTo(450);
        assertThat(counts.allocatedBytes(CLASSES)).isEqualTo(4 * 64 + 2 * 128);
        SlabCounts sum = new SlabCounts();
        sum.addFreed(counts);
        sum.addAllocated(counts);
        assertThat(sum.liveBlocks()).isEqualTo(6);
        assertThat(sum.requestedBytes()).isEqualTo(450);
    }

    /** A figure that is read while threads write may be of different moments. */
    @Test
    void mustNeverBeNegative() {
        counts.addFreed(new long[] {3}, 100);
        counts.addAllocated(new long[] {2}, 60);
        assertThat(counts.liveBlocks()).isZero();
        assertThat(counts.requestedBytes()).isZero();
        assertThat(counts.allocatedBytes(CLASSES)).isZero();
    }
}
