package dev.ashlar.spi.support;

import dev.ashlar.api.Inspectable.Visitor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Goes over the units of a chunk and tells which slabs lie there. Exact when no thread cuts slabs or gives them back. */
final class SlabWalk {

    private SlabWalk() {}

    /** Is told of each slab, and of each run of units without one, in order of address. */
    @FunctionalInterface
    private interface Runs<S> {
        void run(long from, long to, @Nullable S slab);
    }

    private static <S> void walk(UnitChunk chunk, AddressMap<S> slabs, Runs<S> runs) {
        long end = chunk.address() + chunk.byteSize();
        long from = chunk.address();
        S slab = slabs.get(from);
        for (long address = from + chunk.unitSize(); address < end; address += chunk.unitSize()) {
            S here = slabs.get(address);
            if (here != slab) {
                runs.run(from, address, slab);
                from = address;
                slab = here;
            }
        }
        runs.run(from, end, slab);
    }

    /** Calls back for each slab of a chunk, in order of address. */
    static <S> void forEach(UnitChunk chunk, AddressMap<S> slabs, Consumer<S> visitor) {
        walk(chunk, slabs, (from, to, slab) -> {
            if (slab != null) {
                visitor.accept(slab);
            }
        });
    }

    /** The same, and tells a visitor of the chunk and of what lies between slabs. */
    static <S> void inspect(UnitChunk chunk, AddressMap<S> slabs, Visitor visitor, Consumer<S> inspector) {
        visitor.chunk(chunk.address(), chunk.byteSize());
        walk(chunk, slabs, (from, to, slab) -> {
            if (slab != null) {
                inspector.accept(slab);
            } else {
                visitor.free(from, to - from);
            }
        });
    }
}
