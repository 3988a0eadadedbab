package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.SizeClasses;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Which slot an address belongs to. */
class ChunkProperties {

    private static final MemorySource.Chunk LARGEST = ArraySource.piece(Supply.LARGEST_CHUNK);

    @Property
    void mustFindTheSlotOfExactlyItsFirstByte(
            @ForAll @IntRange(min = 1, max = SizeClasses.MAX_SIZE / SizeClasses.GRANULE) int granules,
            @ForAll @IntRange(min = 0, max = (int) Supply.LARGEST_CHUNK - 1) int offset) {
        int slotSize = granules * SizeClasses.GRANULE;
        Chunk chunk = new Chunk(LARGEST, 3, 0, slotSize);
        int slot = offset / slotSize;
        boolean exists = slot < chunk.slots();
        for (int distance : new int[] {offset, slot * slotSize, slot * slotSize + 1, slot * slotSize + slotSize - 1}) {
            boolean starts = exists && distance == slot * slotSize;
            assertThat(chunk.slotAt(chunk.address + distance)).isEqualTo(starts ? slot : -1);
            assertThat(chunk.slotAround(chunk.address + distance)).isEqualTo(slot);
        }
        if (exists) {
            long round = chunk.tag() | slot;
            assertThat(Chunk.indexOf(round)).isEqualTo(3);
            assertThat(Chunk.slotOf(round)).isEqualTo(slot);
            assertThat(chunk.addressOf(slot)).isEqualTo(chunk.address + chunk.offsetOf(slot));
        }
    }
}
