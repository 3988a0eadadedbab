package dev.ashlar.spi;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;

/**
 * A kind of object pool as a plugin. Providers are found by {@link java.util.ServiceLoader} through {@link
 * PoolProviders}, and are declared twice, as providers of allocators are: by {@code provides
 * dev.ashlar.spi.PoolProvider with ...} in module-info, and in {@code META-INF/services/dev.ashlar.spi.PoolProvider}.
 *
 * @implSpec Providers are stateless and cheap. Loading a provider must not load its pool.
 */
public interface PoolProvider {

    /**
     * The version of this interface and of the contract. It is a constant, so a plugin contains the version that it was
     * compiled against.
     */
    int API_VERSION = 1;

    /** The name users ask for: lower case letters, digits and hyphens, such as {@code "lockfree"}. */
    String name();

    /**
     * The version of the contract that this provider was compiled against.
     *
     * @implSpec Return {@link #API_VERSION}; it is no default method, because a default would tell the version that is
     *     installed.
     */
    int apiVersion();

    /**
     * The version of the provider's jar, for people.
     *
     * @implSpec The default reads the jar's manifest or module descriptor.
     */
    default String version() {
        return Versions.of(getClass());
    }

    /**
     * Makes a pool, with the {@linkplain Decorations decorations} of the system properties. Pools of one provider share
     * nothing.
     *
     * @param <T> the type of the objects
     * @param config the configuration of the pool
     * @return an open pool with its initial objects; the caller closes it
     * @implSpec Implement {@link #createBare}, and leave this as it is.
     */
    default <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return Decorations.around(name(), AllocatorConfig.defaults(), createBare(config));
    }

    /**
     * Makes a pool without decorations. For callers that decorate it as a configuration says, by {@link
     * Decorations#around(String, AllocatorConfig, SupervisedPool)}. All others use {@link #create}.
     *
     * @param <T> the type of the objects
     * @param config the configuration of the pool
     * @return an open pool with its initial objects; the caller closes it
     */
    <T> SupervisedPool<T> createBare(PoolConfig<T> config);
}
