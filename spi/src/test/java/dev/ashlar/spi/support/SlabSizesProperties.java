package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The sizes of slabs. */
class SlabSizesProperties {

    private static final int GRANULES = SizeClasses.MAX_SIZE / SizeClasses.GRANULE;

    private static final long LARGEST = 64 * 1024;

    @Property
    void mustHoldASlotAndBeNoLongerThanARunOfPages(
            @ForAll @IntRange(min = 1, max = GRANULES) int granules,
            @ForAll @LongRange(min = 0, max = 1L << 40) long held,
            @ForAll @LongRange(min = 0, max = 1L << 40) long committed,
            @ForAll @LongRange(min = 0, max = 1L << 40) long most) {
        int slotSize = granules * SizeClasses.GRANULE;
        int pages = SlabSizes.pages(slotSize, held, committed, most);
        assertThat(pages).isBetween(SlabSizes.leastPages(slotSize), PageRuns.LONGEST);
        assertThat(SlabSizes.leastPages(slotSize)).isEqualTo((slotSize + PageChunk.PAGE - 1) / PageChunk.PAGE);
        int least = SlabSizes.leastPagesInHole(slotSize, pages);
        assertThat(least).isBetween(SlabSizes.leastPages(slotSize), pages);
        assertThat(least * 4).isGreaterThanOrEqualTo(pages - 3);
    }

    /** The intended size or one slot, and a few slots more to make the rest smaller. */
    @Property
    void mustFollowWhatTheClassHoldsAndWhatTheHeapMayHold(
            @ForAll @IntRange(min = 1, max = GRANULES) int granules,
            @ForAll @LongRange(min = 0, max = 1L << 30) long held,
            @ForAll @LongRange(min = 0, max = 1L << 30) long committed,
            @ForAll @LongRange(min = 0, max = 1L << 30) long most) {
        int slotSize = granules * SizeClasses.GRANULE;
        long byteSize = SlabSizes.pages(slotSize, held, committed, most) * (long) PageChunk.PAGE;
        long wanted = Math.min(
                LARGEST, Math.max(held / 16, Math.min(3 * held, Math.clamp(committed / 1024, 8 * 1024, 24 * 1024))));
        wanted = Math.min(wanted, Math.max(slotSize, most / 4));
        assertThat(byteSize).isGreaterThanOrEqualTo(Math.max(slotSize, wanted / slotSize * slotSize));
        assertThat(byteSize).isLessThan(Math.max(slotSize, wanted) + 16L * slotSize + PageChunk.PAGE);
    }

    @Property
    void mustBeginWithAsFewPagesAsASlotNeeds(@ForAll @IntRange(min = 1, max = 512) int granules) {
        assertThat(SlabSizes.pages(granules * SizeClasses.GRANULE, 0, 0, LARGEST))
                .isLessThanOrEqualTo(5);
        assertThat(SlabSizes.pages(64, 0, 0, LARGEST)).isEqualTo(1);
    }

    /** With more slabs, the unused rest behind the last slot matters more. */
    @Property
    void mustLeaveLittleBehindTheLastSlotWhereThereAreMany(@ForAll @IntRange(min = 1, max = 1_024) int granules) {
        int slotSize = granules * SizeClasses.GRANULE;
        long byteSize = SlabSizes.pages(slotSize, 64 << 20, 64 << 20, 8 << 20) * (long) PageChunk.PAGE;
        assertThat(byteSize % slotSize)
                .as("rest of a slab of %d bytes", byteSize)
                .isLessThanOrEqualTo(byteSize / 16);
    }

    @Property
    void mustFillAHoleIfLessThanAnEighthIsLeft(
            @ForAll @IntRange(min = 1, max = PageRuns.LONGEST) int pages,
            @ForAll @IntRange(min = 1, max = GRANULES) int granules) {
        int slotSize = granules * SizeClasses.GRANULE;
        long byteSize = (long) pages * (long) PageChunk.PAGE;
        assertThat(SlabSizes.fill(pages, slotSize)).isEqualTo(byteSize % slotSize * 8 < byteSize);
    }
}
