package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import com.google.inject.Key;
import com.google.inject.Provider;
import com.google.inject.Singleton;
import com.google.inject.TypeLiteral;
import com.google.inject.name.Named;
import com.google.inject.util.Types;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Decorations;
import dev.ashlar.spi.PoolProvider;
import java.lang.reflect.Type;

/**
 * Binds {@code SupervisedPool<T>} and {@code Pool<T>} to a pool with the {@code PoolConfig<T>} under the same
 * annotation.
 *
 * @param <T> the type of the objects
 * @param objects the type, and the annotation of pool and configuration
 */
record PoolBinding<T>(Key<T> objects) {

    /** The pool's name in reports: that of its {@code @Named}, otherwise the type of its objects. */
    String name() {
        return objects.getAnnotation() instanceof Named named
                ? named.value()
                : objects.getTypeLiteral().getRawType().getSimpleName();
    }

    private Key<PoolConfig<T>> config() {
        return objects.ofType(of(PoolConfig.class));
    }

    private Key<Pool<T>> pool() {
        return objects.ofType(of(Pool.class));
    }

    private Key<SupervisedPool<T>> supervisedPool() {
        return objects.ofType(of(SupervisedPool.class));
    }

    /** {@code raw<T>}. */
    @SuppressWarnings("unchecked") // the type is made from the class and T
    private <R> TypeLiteral<R> of(Class<?> raw) {
        Type type = Types.newParameterizedType(raw, objects.getTypeLiteral().getType());
        return (TypeLiteral<R>) TypeLiteral.get(type);
    }

    /**
     * Binds the pool. The adaptive allocator watches it. It is closed before every allocator.
     *
     * @param ofAllocators says what to put around the pool
     */
    void bind(Binder binder, PoolProvider provider, AllocatorConfig ofAllocators, AllocatorLifecycle lifecycle) {
        Provider<PoolConfig<T>> config = binder.getProvider(config());
        Provider<AdaptiveAllocator> allocator = binder.getProvider(AdaptiveAllocator.class);
        binder.bind(pool()).to(supervisedPool());
        binder.bind(supervisedPool())
                .toProvider(() -> {
                    AdaptiveAllocator watcher = allocator.get();
                    PoolConfig<T> wanted = config.get();
                    SupervisedPool<T> pool = lifecycle.ownPool(
                            () -> Decorations.around(name(), ofAllocators, provider.createBare(wanted)));
                    lifecycle.ownPool(() -> watcher.watchPool(name(), pool));
                    return pool;
                })
                .in(Singleton.class);
    }
}
