package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The geometry of slabs: which slot an address belongs to. */
class SlabProperties {

    private static final int CHUNK = 4 << 20;

    private static final PageChunk MEMORY = chunk();

    private static PageChunk chunk() {
        return new PageChunk(new MeteredSource(new TestSource(CHUNK), CHUNK, () -> 0).take(CHUNK, PageChunk.PAGE));
    }

    private static Slab slab(int granules, int pages, int firstPage) {
        int slotSize = granules * SizeClasses.GRANULE;
        int enough = Math.max(pages, SlabSizes.leastPages(slotSize));
        return new TestSlab(new Slab.Place(MEMORY, firstPage, enough, 255, slotSize));
    }

    @Property
    void mustFindTheSlotOfExactlyItsFirstByte(
            @ForAll @IntRange(min = 1, max = SizeClasses.MAX_SIZE / SizeClasses.GRANULE) int granules,
            @ForAll @IntRange(min = 1, max = PageRuns.LONGEST) int pages,
            @ForAll @IntRange(min = 0, max = CHUNK / PageChunk.PAGE - PageRuns.LONGEST) int firstPage) {
        Slab slab = slab(granules, pages, firstPage);
        int slotSize = slab.slotSize;
        assertThat((int) slab.slots).isEqualTo((int) (slab.byteSize() / slotSize));
        assertThat(slab.address).isEqualTo(MEMORY.address() + (long) firstPage * PageChunk.PAGE);
        assertThat(slab.firstPage()).isEqualTo(firstPage);
        assertThat(slab.sizeClass()).isEqualTo(255);
        for (int slot = 0; slot < slab.slots; slot += 1 + slab.slots / 50) {
            long address = slab.address + (long) slot * slotSize;
            assertThat(slab.slotAt(address)).isEqualTo(slot);
            assertThat(slab.addressOf(slot)).isEqualTo(address);
            assertThat(slab.memory().address() + slab.offsetOf(slot)).isEqualTo(address);
            assertThat(slab.block(slot, 1).address()).isEqualTo(address);
            for (int within : new int[] {1, 4, slotSize / 2, slotSize - 1}) {
                if (within > 0 && within < slotSize) {
                    assertThat(slab.slotAt(address + within)).isEqualTo(-1);
                    assertThat(slab.slotAround(address + within)).isEqualTo(slot);
                }
            }
        }
        for (long slot : new long[] {-1, -2, -64, slab.slots, slab.slots + 1, 1 << 20}) {
            assertThat(slab.slotAt(slab.address + slot * slotSize))
                    .as("slot %d", slot)
                    .isEqualTo(-1);
        }
    }

    /** For any address: one that is a multiple of the slot size only modulo 2^64 is no slot. */
    @Property
    void mustFindNoSlotAtAnyOtherAddress(
            @ForAll @IntRange(min = 1, max = SizeClasses.MAX_SIZE / SizeClasses.GRANULE) int granules,
            @ForAll @IntRange(min = 1, max = PageRuns.LONGEST) int pages,
            @ForAll @LongRange(min = Long.MIN_VALUE) long distance) {
        Slab slab = slab(granules, pages, 3);
        boolean starts = distance >= 0 && distance % slab.slotSize == 0 && distance / slab.slotSize < slab.slots;
        assertThat(slab.slotAt(slab.address + distance)).isEqualTo(starts ? (int) (distance / slab.slotSize) : -1);
    }

    @Property
    void mustHoldABlockInPlaceIfItFitsAndNeedsHalf(
            @ForAll @IntRange(min = 1, max = SizeClasses.MAX_SIZE / SizeClasses.GRANULE) int granules,
            @ForAll @LongRange(min = 0, max = 2 * SizeClasses.MAX_SIZE) long byteSize) {
        Slab slab = slab(granules, 1, 0);
        assertThat(slab.canHold(byteSize)).isEqualTo(byteSize <= slab.slotSize && 2 * byteSize >= slab.slotSize);
    }
}
