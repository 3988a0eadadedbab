package dev.ashlar.spi;

import dev.ashlar.api.Allocator;

/**
 * The shortest way to an allocator, for programs that use the installed strategy.
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
     * A builder of allocators of a strategy by name.
     *
     * @param strategy such as {@code "slab"}
     * @throws ProviderException if it is not installed; the message says what to add
     */
    public static Builder builder(String strategy) {
        return new Builder(AllocatorProviders.require(strategy));
    }

    /**
     * Builds allocators with the settings that all strategies share. {@link #settings} and {@link #properties} set
     * those of a strategy.
     */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private Builder(AllocatorProvider provider) {
            super(provider);
        }
    }
}
