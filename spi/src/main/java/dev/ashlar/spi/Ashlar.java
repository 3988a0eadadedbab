package dev.ashlar.spi;

import dev.ashlar.api.Allocator;

/**
 * The shortest way to an allocator, for programs that take the strategy that is installed.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="standard"}
 */
public final class Ashlar {

    private Ashlar() {}

    /**
     * An allocator of the {@linkplain AllocatorProviders#standard() standard strategy} with every default.
     *
     * @throws ProviderException if no strategy is installed; the message says what to add
     */
    public static Allocator allocator() {
        return builder().build();
    }

    /**
     * A builder of allocators of the {@linkplain AllocatorProviders#standard() standard strategy}.
     *
     * @throws ProviderException if no strategy is installed; the message says what to add
     */
    public static Builder builder() {
        return new Builder(AllocatorProviders.standard());
    }

    /**
     * A builder of allocators of a strategy with a name.
     *
     * @param strategy such as {@code "slab"}
     * @throws ProviderException if it is not installed; the message says what to add
     */
    public static Builder builder(String strategy) {
        return new Builder(AllocatorProviders.require(strategy));
    }

    /** Sets what all strategies have. Settings of a strategy are set by {@link #settings} or
     * {@link #properties}. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private Builder(AllocatorProvider provider) {
            super(provider);
        }
    }
}
