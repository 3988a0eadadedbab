package dev.ashlar.spi.support;

import dev.ashlar.api.Inspectable.Visitor;
import java.util.function.Consumer;

/** Goes over the units of a chunk and tells which slabs lie there. Exact when no thread cuts slabs or gives them back. */
final class SlabWalk {

    private SlabWalk() {}

    /** Calls back for each slab of a chunk, in order of address. */
    static <S> void forEach(UnitChunk chunk, AddressMap<S> slabs, Consumer<S> visitor) {
        S last = null;
        long end = chunk.address() + chunk.byteSize();
        for (long address = chunk.address(); address < end; address += chunk.unitSize()) {
            S slab = slabs.get(address);
            if (slab != null && slab != last) {
                visitor.accept(slab);
            }
            last = slab;
        }
    }

    /** The same, and tells a visitor of the chunk and of what lies between slabs. */
    static <S> void inspect(UnitChunk chunk, AddressMap<S> slabs, Visitor visitor, Consumer<S> inspector) {
        visitor.chunk(chunk.address(), chunk.byteSize());
        long end = chunk.address() + chunk.byteSize();
        long freeFrom = chunk.address();
        S last = null;
        for (long address = chunk.address(); address < end; address += chunk.unitSize()) {
            S slab = slabs.get(address);
            if (slab != null) {
                if (slab != last) {
                    tellFree(freeFrom, address, visitor);
                    inspector.accept(slab);
                }
                freeFrom = address + chunk.unitSize();
            }
            last = slab;
        }
        tellFree(freeFrom, end, visitor);
    }

    private static void tellFree(long from, long to, Visitor visitor) {
        if (from < to) {
            visitor.free(from, to - from);
        }
    }
}
