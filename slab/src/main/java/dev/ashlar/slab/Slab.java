package dev.ashlar.slab;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.support.SizeClassBuilder;

/**
 * Allocators of the strategy {@code slab}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="slab"}
 */
public final class Slab {

    private Slab() {}

    /** An allocator with every default. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds allocators of the strategy {@code slab}. */
    public static final class Builder extends SizeClassBuilder<Builder> {

        private Builder() {
            super(new SlabProvider());
        }
    }
}
