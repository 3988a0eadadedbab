package dev.ashlar.spi;

import dev.ashlar.api.Allocator;

/**
 * A strategy as a plugin: what it is called, what it can do, and how an allocator of it is made. Providers are found by
 * {@link java.util.ServiceLoader} through {@link AllocatorProviders}.
 *
 * <p>A provider is declared twice, so that it is found on the module path and on the class path: by
 * {@code provides dev.ashlar.spi.AllocatorProvider with ...} in module-info, and in
 * {@code META-INF/services/dev.ashlar.spi.AllocatorProvider}.
 *
 * @implSpec Providers are stateless and cheap: loading one must not load the allocator behind it, because every
 *     provider is loaded when a user asks for any.
 */
public interface AllocatorProvider {

    /**
     * The version of this interface and of the contract behind it. A constant, so that a plugin carries the version
     * that it was compiled against.
     */
    int API_VERSION = 1;

    /** The name users ask for: lower case letters, digits and hyphens, such as {@code "slab"}. */
    String name();

    /**
     * What an allocator of this strategy can do that is made with a configuration. Makes no allocator, takes no memory.
     *
     * @param config as for {@link #create}
     * @throws IllegalArgumentException if a setting of this strategy is unknown or out of range
     */
    Capabilities capabilities(AllocatorConfig config);

    /** What allocators of this strategy can do when nothing is configured. */
    default Capabilities capabilities() {
        return capabilities(AllocatorConfig.defaults());
    }

    /**
     * Refuses the configurations that {@link #create} refuses, with the same message. Makes no allocator and takes no
     * memory.
     *
     * @param config as for {@link #create}
     * @throws IllegalArgumentException if a setting of this strategy is unknown or out of range
     * @throws ProviderException if the strategy needs another that is not installed
     * @implSpec The default asks for {@link #capabilities(AllocatorConfig)}, which reads the settings.
     */
    default void validate(AllocatorConfig config) {
        capabilities(config);
    }

    /**
     * The version of the contract that this provider was compiled against.
     *
     * @implSpec Return {@link #API_VERSION}; it is no default method, because a default would tell the version that is
     *     installed.
     */
    int apiVersion();

    /**
     * The version of the strategy's jar, for people.
     *
     * @implSpec The default reads the jar's manifest or module descriptor.
     */
    default String version() {
        return Versions.of(getClass());
    }

    /**
     * Makes an allocator. Allocators of one provider share nothing.
     *
     * @param config limits, memory source and settings of the strategy
     * @return an open allocator; the caller closes it
     * @throws IllegalArgumentException if the configuration holds a setting that this strategy does not know, or a
     *     value out of range
     * @throws dev.ashlar.api.AllocationException if memory that is to be taken ahead cannot be had
     */
    Allocator create(AllocatorConfig config);
}
