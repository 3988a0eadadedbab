package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Sums over heaps. One heap may free blocks that another allocated. */
class SlabCountsTest {

    private final SlabCounts counts = new SlabCounts();

    @Test
    void mustAddUpWhatHeapsCounted() {
        counts.addFreed(3, 100, 128);
        counts.addAllocated(5, 300, 384);
        counts.addAllocated(2, 40, 48);
        assertThat(counts.allocations()).isEqualTo(7);
        assertThat(counts.liveBlocks()).isEqualTo(4);
        assertThat(counts.requestedBytes()).isEqualTo(240);
        assertThat(counts.allocatedBytes()).isEqualTo(304);
        SlabCounts sum = new SlabCounts();
        sum.add(counts);
        sum.add(counts);
        assertThat(sum.allocations()).isEqualTo(14);
        assertThat(sum.liveBlocks()).isEqualTo(8);
        assertThat(sum.requestedBytes()).isEqualTo(480);
        assertThat(sum.allocatedBytes()).isEqualTo(608);
    }

    /**
     * A reader that adds up in the wrong order may see a free without its allocation.
     */
    @Test
    void mustNotTellLessThanNothing() {
        counts.addFreed(3, 100, 128);
        counts.addAllocated(2, 40, 48);
        assertThat(counts.liveBlocks()).isZero();
        assertThat(counts.requestedBytes()).isZero();
        assertThat(counts.allocatedBytes()).isZero();
    }
}
