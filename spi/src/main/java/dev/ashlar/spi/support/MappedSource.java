package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;

/**
 * A memory source with one address map for all allocators that take chunks from it. So one look-up finds a block of any
 * of them. The source may put its chunks into the map if these are {@link Extent}s.
 *
 * <p>These allocators free each other's blocks. Use it for the parts of one composed allocator only.
 */
public interface MappedSource extends MemorySource {

    /** The map. Its granule divides the alignment of every chunk that is taken from this source. */
    AddressMap<Extent> map();
}
