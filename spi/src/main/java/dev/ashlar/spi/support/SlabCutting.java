package dev.ashlar.spi.support;

import dev.ashlar.spi.support.Chunks.Cutter;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Finds room for a slab in chunks, the first that have it. Lock-free; for any thread. */
final class SlabCutting {

    private SlabCutting() {}

    /** Cuts a slab of the size that suits what its class holds, or the largest that fits between others. */
    static <S> @Nullable S upTo(UnitChunk[] chunks, int slotSize, long held, Cutter<S> cutter) {
        long wanted = SlabSizes.wantedFor(held, slotSize);
        long alike = held / Math.max(slotSize, wanted);
        S slab = cut(chunks, chunk -> SlabSizes.unitsFor(slotSize, wanted, chunk.unitSize(), alike), cutter);
        return slab == null ? fillHole(chunks, slotSize, wanted, cutter) : slab;
    }

    private static <S> @Nullable S fillHole(UnitChunk[] chunks, int slotSize, long wanted, Cutter<S> cutter) {
        long least = SlabSizes.leastInHole(slotSize, wanted);
        S slab = null;
        for (long less = (wanted - 1) & -UnitChunk.PAGE; slab == null && less >= least; less -= UnitChunk.PAGE) {
            long byteSize = less;
            if (SlabSizes.fill(byteSize, slotSize)) {
                slab = cut(chunks, chunk -> byteSize % chunk.unitSize() == 0 ? byteSize / chunk.unitSize() : 0, cutter);
            }
        }
        return slab;
    }

    /** Cuts a slab of as few units as hold one slot. */
    static <S> @Nullable S smallest(UnitChunk[] chunks, int slotSize, Cutter<S> cutter) {
        return cut(chunks, chunk -> (slotSize + chunk.unitSize() - 1) / chunk.unitSize(), cutter);
    }

    /** Cuts a slab from the first chunk that has as many units in a row as are wanted of it; 0 for none. */
    private static <S> @Nullable S cut(UnitChunk[] chunks, ToLongFunction<UnitChunk> unitsOf, Cutter<S> cutter) {
        for (UnitChunk chunk : chunks) {
            long units = unitsOf.applyAsLong(chunk);
            int first =
                    units == 0 || units > UnitSet.MAX_UNITS ? -1 : chunk.units().take((int) units);
            if (first >= 0) {
                return cutter.cut(chunk, first, (int) units);
            }
        }
        return null;
    }
}
