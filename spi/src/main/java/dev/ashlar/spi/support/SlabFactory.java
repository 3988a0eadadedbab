package dev.ashlar.spi.support;

/** Makes slabs: what one strategy has another than the next. */
@FunctionalInterface
public interface SlabFactory {

    /**
     * Makes a slab with all slots free.
     *
     * @param place where it lies
     */
    Slab create(Slab.Place place);
}
