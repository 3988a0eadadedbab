package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.SlabSizes;
import dev.ashlar.spi.support.UnitChunk;
import dev.ashlar.spi.support.UnitSet;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** The geometry of slabs: how large they are, and which slot an address belongs to. */
class SlabProperties {

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    @Property
    void mustFindTheSlotOfExactlyItsFirstByte(
            @ForAll @IntRange(min = 0, max = 87) int sizeClass,
            @ForAll @IntRange(min = 1, max = 16) int units,
            @ForAll @IntRange(min = 0, max = 48) int firstUnit) {
        int slotSize = SizeClasses.perDoubling(8, SizeClasses.MAX_SIZE).size(sizeClass);
        int unitsOfSlab = Math.max(units, (slotSize + UnitChunk.PAGE - 1) / UnitChunk.PAGE);
        try (Arena arena = Arena.ofConfined()) {
            UnitChunk chunk = new UnitChunk(new Memory(arena.allocate(64 * UnitChunk.PAGE, UnitChunk.PAGE)));
            Slab slab = new Slab(chunk, firstUnit, unitsOfSlab, sizeClass, slotSize);
            for (long distance = -2L * slotSize - 8; distance < slab.byteSize() + 2L * slotSize; distance++) {
                boolean starts = distance >= 0 && distance % slotSize == 0 && distance / slotSize < slab.slots();
                assertThat(slab.slotAt(slab.address + distance)).isEqualTo(starts ? (int) (distance / slotSize) : -1);
            }
            assertThat(slab.slotAt(0)).isEqualTo(-1);
            assertThat(slab.slotAt(Long.MIN_VALUE)).isEqualTo(-1);
            for (int slot = 0; slot < slab.slots(); slot++) {
                assertThat(slab.slotAt(slab.addressOf(slot))).isEqualTo(slot);
                assertThat(slab.memory().address() + slab.offsetOf(slot)).isEqualTo(slab.addressOf(slot));
            }
        }
    }

    @Property
    void mustHaveRoomForWhatIsWantedWithoutMuchRest(
            @ForAll @IntRange(min = 1, max = 8192) int granules,
            @ForAll @LongRange(min = 0, max = 1 << 24) long wanted,
            @ForAll @IntRange(min = 1, max = 16) int pages,
            @ForAll @LongRange(min = 0, max = 1000) long alike) {
        int slotSize = granules * SizeClasses.GRANULE;
        long unitSize = (long) pages * UnitChunk.PAGE;
        int units = SlabSizes.unitsFor(slotSize, wanted, unitSize, alike);
        assertThat(units).isBetween(1, UnitSet.MAX_UNITS);
        long byteSize = units * unitSize;
        assertThat(byteSize).isGreaterThanOrEqualTo(slotSize);
        long rest = byteSize % slotSize;
        long enough = Math.min(wanted, Math.min(64 * 1024, UnitSet.MAX_UNITS * unitSize)) / slotSize * slotSize;
        assertThat(byteSize).isGreaterThanOrEqualTo(enough);
        if (byteSize >= 8L * slotSize + unitSize) {
            assertThat(rest)
                    .as("rest of %d bytes with slots of %d", byteSize, slotSize)
                    .isLessThan(byteSize / 8);
        }
    }
}
