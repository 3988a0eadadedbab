package dev.ashlar.spi;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;

/**
 * A kind of object pool as a plugin. Providers are found by {@link java.util.ServiceLoader} through {@link
 * PoolProviders}, and are declared twice as those of allocators are: by {@code provides dev.ashlar.spi.PoolProvider
 * with ...} in module-info, and in {@code META-INF/services/dev.ashlar.spi.PoolProvider}.
 *
 * @implSpec Providers are stateless and cheap: loading one must not load the pool behind it.
 */
public interface PoolProvider {

    /**
     * The version of this interface and of the contract behind it. A constant, so that a plugin carries the version
     * that it was compiled against.
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
     * Makes a pool. Pools of one provider share nothing.
     *
     * @param <T> the type of the objects
     * @param config what it is made of
     * @return an open pool with the objects that are to be made ahead; the caller closes it
     */
    <T> SupervisedPool<T> create(PoolConfig<T> config);
}
