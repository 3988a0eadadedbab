package dev.ashlar.adaptive.guice;

import com.google.inject.AbstractModule;
import com.google.inject.Binder;
import com.google.inject.Key;
import com.google.inject.Provider;
import com.google.inject.Singleton;
import com.google.inject.multibindings.MapBinder;
import com.google.inject.name.Names;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.PoolProvider;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.spi.ProviderException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Provides allocators by injection. It binds
 *
 * <ul>
 *   <li>{@link Allocator} and {@link AdaptiveAllocator}: the adaptive allocator, over all strategies that are
 *       installed;
 *   <li>{@code @Named("slab") Allocator}, and so for each installed strategy: an allocator of that strategy alone,
 *       separate from the adaptive one. It has the same configuration, but nothing is preallocated for it;
 *   <li>{@code Map<String, AllocatorProvider>}: the installed strategies by name;
 *   <li>{@code @LimitedBy("cache") Allocator}: a view of the adaptive allocator with a limit of its own, for each that
 *       is {@linkplain Builder#limit declared}, and {@code @LimitedBy("cache") Limit}: that limit;
 *   <li>{@code SupervisedPool<T>} and {@code Pool<T>}, for each type that is {@linkplain Builder#pool declared}: one
 *       pool with the {@code PoolConfig<T>} that the program binds, resized by the adaptive allocator;
 *   <li>{@link AllocatorConfig}: their configuration;
 *   <li>{@link AllocatorLifecycle}, which closes them all.
 * </ul>
 *
 * <p>All are singletons, made when they are first needed. The limit of the configuration applies to the adaptive
 * allocator and all views of it together, and to each other strategy separately.
 *
 * {@snippet class="dev.ashlar.verification.shown.InjectionCodeTest" region="module"}
 *
 * <p>Wrong settings fail when the injector is made. The {@link com.google.inject.CreationException} lists all of them,
 * each with the line or the property that set it.
 */
public final class AllocatorModule extends AbstractModule {

    private final Setting<AllocatorConfig> config;
    private final SortedMap<String, String> properties;
    private final SortedMap<String, Setting<Long>> limits;
    private final SortedMap<String, Setting<Long>> reservations;
    private final @Nullable PoolProvider poolProvider;
    private final @Nullable AllocatorLifecycle lifecycle;
    private final List<Setting<PoolBinding<?>>> pools;

    /** The module with every default. */
    public AllocatorModule() {
        this(builder());
    }

    private AllocatorModule(Builder builder) {
        config = builder.config;
        properties = new TreeMap<>(builder.properties);
        limits = new TreeMap<>(builder.limits);
        reservations = new TreeMap<>(builder.reservations);
        poolProvider = builder.poolProvider;
        lifecycle = builder.lifecycle;
        pools = List.copyOf(builder.pools);
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The key of {@code @LimitedBy(limit) Allocator}.
     *
     * @param limit the name of a limit
     */
    public static Key<Allocator> keyOf(String limit) {
        return Key.get(Allocator.class, new LimitName(limit));
    }

    @Override
    protected void configure() {
        Binder binder = binder().skipSources(AllocatorModule.class);
        SortedMap<String, AllocatorProvider> installed = AllocatorProviders.installed();
        Settings settings = new Settings(binder, installed, properties);
        AllocatorConfig complete = settings.configure(config);
        bind(AllocatorConfig.class).toInstance(complete);
        AllocatorLifecycle lifecycle = this.lifecycle == null ? new AllocatorLifecycle() : this.lifecycle;
        bind(AllocatorLifecycle.class).toInstance(lifecycle);
        bind(AdaptiveAllocator.class)
                .toProvider(() -> lifecycle.own(() -> AdaptiveAllocator.create(complete)))
                .in(Singleton.class);
        bind(Allocator.class).to(AdaptiveAllocator.class);
        bindStrategies(installed, complete, lifecycle);
        bindLimits(new LimitSettings(binder, limits, reservations, properties), complete, lifecycle);
        bindPools(binder, complete, lifecycle);
    }

    private void bindStrategies(
            SortedMap<String, AllocatorProvider> installed, AllocatorConfig config, AllocatorLifecycle lifecycle) {
        AllocatorConfig own = config.toBuilder().preallocateBytes(0).build();
        MapBinder<String, AllocatorProvider> providers =
                MapBinder.newMapBinder(binder(), String.class, AllocatorProvider.class);
        installed.forEach((name, provider) -> {
            providers.addBinding(name).toInstance(provider);
            Key<Allocator> key = named(name);
            if (name.equals(AdaptiveProvider.NAME)) {
                bind(key).to(AdaptiveAllocator.class);
            } else {
                bind(key)
                        .toProvider(() -> lifecycle.own(() -> provider.create(own)))
                        .in(Singleton.class);
            }
        });
    }

    private static Key<Allocator> named(String name) {
        return Key.get(Allocator.class, Names.named(name));
    }

    private void bindLimits(LimitSettings settings, AllocatorConfig config, AllocatorLifecycle lifecycle) {
        settings.make(config.limitBytes()).forEach((name, made) -> {
            Limit limit = lifecycle.own(made::value);
            Binder binder = binder().withSource(made.source());
            Provider<Allocator> upstream = binder.getProvider(
                    limit.parent().map(parent -> keyOf(parent.name())).orElse(Key.get(Allocator.class)));
            binder.bind(keyOf(name).ofType(Limit.class)).toInstance(limit);
            binder.bind(keyOf(name))
                    .toProvider(() -> lifecycle.own(() -> Allocators.limited(upstream.get(), limit)))
                    .in(Singleton.class);
        });
    }

    private void bindPools(Binder binder, AllocatorConfig config, AllocatorLifecycle lifecycle) {
        if (pools.isEmpty()) {
            return;
        }
        PoolProvider provider;
        try {
            provider = poolProvider == null ? PoolProviders.standard() : poolProvider;
        } catch (ProviderException e) {
            binder.addError("%s", e.getMessage());
            return;
        }
        Set<String> names = new HashSet<>();
        for (Setting<PoolBinding<?>> pool : pools) {
            Binder ofPool = binder.withSource(pool.source());
            String name = pool.value().name();
            if (names.add(name)) {
                pool.value().bind(ofPool, provider, config, lifecycle);
            } else {
                ofPool.addError("Two pools are named '%s'. Tell them apart with @Named.", name);
            }
        }
    }

    /** Builds an {@link AllocatorModule}. Not safe for use by many threads. */
    public static final class Builder {

        private Setting<AllocatorConfig> config = new Setting<>(AllocatorConfig.defaults(), "the defaults");
        private final SortedMap<String, String> properties = new TreeMap<>();
        private final SortedMap<String, Setting<Long>> limits = new TreeMap<>();
        private final SortedMap<String, Setting<Long>> reservations = new TreeMap<>();
        private final List<Setting<PoolBinding<?>>> pools = new ArrayList<>();
        private @Nullable PoolProvider poolProvider;
        private @Nullable AllocatorLifecycle lifecycle;

        private Builder() {}

        /**
         * Sets the configuration of the allocators.
         *
         * @param config limit, retained bytes, reserve, source and settings of strategies
         */
        public Builder config(AllocatorConfig config) {
            this.config = Setting.byCaller(Objects.requireNonNull(config, "config"));
            return this;
        }

        /**
         * Adds properties, which override what is set in code: those of {@link AllocatorConfig},
         * {@code ashlar.limits.server.cache=64MiB} for a limit with a name, and
         * {@code ashlar.reservations.server.cache=16MiB} for what is reserved for it.
         *
         * @param properties text by key; keys that do not begin with {@code ashlar.} are ignored
         */
        public Builder properties(Map<String, String> properties) {
            properties.forEach((key, text) -> {
                if (key.startsWith(Settings.PREFIX)) {
                    this.properties.put(key, Objects.requireNonNull(text, key));
                }
            });
            return this;
        }

        /**
         * Adds properties, as {@link #properties(Map)} does.
         *
         * @param properties such as a file's, or {@link System#getProperties()}
         */
        public Builder properties(Properties properties) {
            Map<String, String> texts = new TreeMap<>();
            for (String key : properties.stringPropertyNames()) {
                String text = properties.getProperty(key);
                if (text != null) { // null if another thread has removed it meanwhile
                    texts.put(key, text);
                }
            }
            return properties(texts);
        }

        /**
         * Declares a limit. {@code @LimitedBy(name) Allocator} is then an allocator with that limit, and
         * {@code @LimitedBy(name) Limit} is the limit itself, for figures and listeners.
         *
         * @param name letters, digits, hyphens and underscores. A dot means a limit within another one, which must be
         *     declared too: what counts against {@code server.cache} counts against {@code server} as well
         * @param limitBytes bytes that blocks may take at most, 0 or more; {@link
         *     dev.ashlar.api.AllocationException#NO_LIMIT} for no bound but the parent's
         */
        public Builder limit(String name, long limitBytes) {
            limits.put(Objects.requireNonNull(name, "name"), Setting.byCaller(limitBytes));
            return this;
        }

        /**
         * Reserves bytes for a limit. Its parent holds them for it alone, whatever the siblings use.
         *
         * @param name a declared limit within another one, such as {@code server.cache}
         * @param reservedBytes 0 to the limit. All that is reserved within a limit must fit into it
         */
        public Builder reserve(String name, long reservedBytes) {
            reservations.put(Objects.requireNonNull(name, "name"), Setting.byCaller(reservedBytes));
            return this;
        }

        /**
         * Declares a pool of objects without an annotation.
         *
         * @param objects their type, for which the program binds a {@code PoolConfig}
         */
        public Builder pool(Class<?> objects) {
            return pool(Key.get(objects));
        }

        /**
         * Declares a pool.
         *
         * @param objects their type, and the annotation that both {@code Pool} and {@code PoolConfig} have. The pool's
         *     name in reports is that of {@code @Named}, otherwise the type's
         */
        public Builder pool(Key<?> objects) {
            pools.add(Setting.byCaller(new PoolBinding<>(objects)));
            return this;
        }

        /**
         * Sets the provider of the pools.
         *
         * @param provider {@link PoolProviders#standard()} if this is not set
         */
        public Builder poolProvider(PoolProvider provider) {
            this.poolProvider = Objects.requireNonNull(provider, "provider");
            return this;
        }

        /**
         * Sets the lifecycle that closes everything that is made. With {@link com.google.inject.Stage#PRODUCTION}
         * allocators are made before the injector is complete. If something else fails then, only a lifecycle of the
         * program can close them.
         *
         * @param lifecycle an open one; if this is not set, each injector has its own
         */
        public Builder lifecycle(AllocatorLifecycle lifecycle) {
            this.lifecycle = Objects.requireNonNull(lifecycle, "lifecycle");
            return this;
        }

        /** The module. */
        public AllocatorModule build() {
            return new AllocatorModule(this);
        }
    }
}
