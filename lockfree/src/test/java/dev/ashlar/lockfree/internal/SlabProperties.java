package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import dev.ashlar.spi.support.UnitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Which slot an address belongs to. */
class SlabProperties {

    private static final int LARGEST = 1 << 20;
    private static final UnitChunk CHUNK = new UnitChunk(ArraySource.piece(LARGEST));

    @Property
    void mustFindTheSlotOfExactlyItsFirstByte(
            @ForAll @IntRange(min = 1, max = SizeClasses.MAX_SIZE / SizeClasses.GRANULE) int granules,
            @ForAll @IntRange(min = 0, max = LARGEST - 1) int offset,
            @ForAll @IntRange(min = 0, max = 10) int firstUnit) {
        int slotSize = granules * SizeClasses.GRANULE;
        Slab slab = new Slab(CHUNK, firstUnit, UnitSet.MAX_UNITS - firstUnit, 3, 0, slotSize);
        int slot = offset / slotSize;
        boolean exists = slot < slab.slots();
        for (int distance : new int[] {offset, slot * slotSize, slot * slotSize + 1, slot * slotSize + slotSize - 1}) {
            boolean starts = exists && distance == slot * slotSize;
            assertThat(slab.slotAt(slab.address + distance)).isEqualTo(starts ? slot : -1);
            assertThat(slab.slotAround(slab.address + distance)).isEqualTo(slot);
        }
        if (exists) {
            long round = slab.tag() | slot;
            assertThat(Slab.indexOf(round)).isEqualTo(3);
            assertThat(Slab.slotOf(round)).isEqualTo(slot);
            assertThat(slab.addressOf(slot)).isEqualTo(slab.memory.address() + slab.offsetOf(slot));
        }
    }
}
