package dev.ashlar.spi;

import dev.ashlar.api.Allocator;

/**
 * A strategy as a plugin: its name, its capabilities, and the way to make an allocator. Providers are found by {@link
 * java.util.ServiceLoader} through {@link AllocatorProviders}.
 *
 * <p>A provider is declared twice, so that it is found on the module path and on the class path: by
 * {@code provides dev.ashlar.spi.AllocatorProvider with ...} in module-info, and in
 * {@code META-INF/services/dev.ashlar.spi.AllocatorProvider}.
 *
 * @implSpec Providers are stateless and cheap. Loading a provider must not load its allocator, because every provider
 *     is loaded when a user asks for one.
 */
public interface AllocatorProvider {

    /**
     * The version of this interface and of the contract. It is a constant, so a plugin contains the version that it was
     * compiled against.
     */
    int API_VERSION = 1;

    /** The name users ask for: lower case letters, digits and hyphens, such as {@code "slab"}. */
    String name();

    /**
     * What an allocator of this strategy with a configuration can do. Makes no allocator and takes no memory.
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
     * @throws ProviderException if the strategy needs another one that is not installed
     * @implSpec The default asks for {@link #capabilities(AllocatorConfig)}, which reads the settings.
     */
    default void validate(AllocatorConfig config) {
        capabilities(config);
    }

    /**
     * The version of the contract that this provider was compiled against.
     *
     * @implSpec Return {@link #API_VERSION}. This is no default method, because a default would return the installed
     *     version.
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
     * Makes an allocator, with the {@linkplain Decorations decorations} of the configuration. Allocators of one
     * provider share nothing.
     *
     * @param config limits, memory source and settings of the strategy
     * @return an open allocator; the caller closes it
     * @throws IllegalArgumentException if the configuration holds a setting that this strategy does not know, or a
     *     value out of range
     * @throws dev.ashlar.api.AllocationException if the memory to preallocate is not available
     * @implSpec Implement {@link #createBare}, and leave this as it is.
     */
    default Allocator create(AllocatorConfig config) {
        return Decorations.around(this, config, createBare(config));
    }

    /**
     * Makes an allocator without the decorations of the configuration. For allocators that are parts of another one.
     * All other callers use {@link #create}.
     *
     * @param config as for {@link #create}
     * @return an open allocator; the caller closes it
     * @throws IllegalArgumentException as {@link #create}
     * @throws dev.ashlar.api.AllocationException as {@link #create}
     */
    Allocator createBare(AllocatorConfig config);

    /**
     * Gives a decorated allocator the type that callers of this strategy expect.
     *
     * @implSpec The default is for strategies whose allocators have no methods but those of {@link Allocator}. Others
     *     return an allocator that passes these methods on to the bare one, and all methods of {@link Allocator} to the
     *     decorated one.
     * @param bare what {@link #createBare} made
     * @param decorated the same with decorations around it
     */
    default Allocator decorated(Allocator bare, Allocator decorated) {
        return decorated;
    }
}
