package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.UnitChunk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The lists of partly used slabs, by how full they are. */
class SlabCacheProperties {

    static final int SLOTS = UnitChunk.PAGE / 64;

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    private static Slab slab(UnitChunk chunk, int unit, int used) {
        Slab slab = new Slab(chunk, unit, 1, 7, 64);
        for (int i = 0; i < used; i++) {
            slab.take();
        }
        return slab;
    }

    @Property
    void mustServeTheFullestQuarterFirst(
            @ForAll @Size(min = 1, max = 64) List<@IntRange(min = 1, max = SLOTS - 1) Integer> fill) {
        try (Arena arena = Arena.ofConfined()) {
            UnitChunk chunk = new UnitChunk(new Memory(arena.allocate(64 * UnitChunk.PAGE, UnitChunk.PAGE)));
            SlabCache cache = new SlabCache();
            List<Slab> slabs = new ArrayList<>();
            for (int used : fill) {
                Slab slab = slab(chunk, slabs.size(), used);
                cache.add(slab);
                slabs.add(slab);
                assertThat((int) slab.lowWater).isBetween(1, used);
            }
            for (int i = 0; i < slabs.size(); i += 3) { // some leave from the middle of their lists
                cache.remove(slabs.get(i));
                slabs.set(i, Slab.NONE);
            }
            slabs.removeIf(slab -> slab == Slab.NONE);
            int fuller = 3;
            while (!slabs.isEmpty()) {
                Slab next = cache.takeFullest();
                assertThat(slabs.remove(next)).isTrue();
                int quarter = next.used() * 4 / SLOTS;
                assertThat(quarter).isLessThanOrEqualTo(fuller);
                assertThat(next.lowWater).isZero();
                fuller = quarter;
            }
            assertThat(cache.takeFullest()).isNull();
            assertThat(cache.takeAll()).isNull();
        }
    }
}
