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
 * Gives allocators by injection. It binds
 *
 * <ul>
 *   <li>{@link Allocator} and {@link AdaptiveAllocator}: the adaptive allocator, over all strategies that are
 *       installed;
 *   <li>{@code @Named("slab") Allocator}, and so for each installed strategy: an allocator of that strategy alone,
 *       apart from the adaptive one and with the same configuration, except that nothing is preallocated for it;
 *   <li>{@code Map<String, AllocatorProvider>}: the installed strategies by name;
 *   <li>{@code @Named("cache") Allocator}: a view of the adaptive allocator with a quota, for each
 *       component that is {@linkplain Builder#component declared};
 *   <li>{@code Pool<T>}, for each type that is {@linkplain Builder#pool declared}: a pool by the {@code PoolConfig<T>}
 *       that the program binds, resized by the adaptive allocator;
 *   <li>{@link AllocatorConfig}: what they are made with;
 *   <li>{@link AllocatorLifecycle}, which closes them all.
 * </ul>
 *
 * <p>All are singletons, made when they are first asked for. The limit holds for the adaptive allocator and all
 * components together, and for each other strategy on its own.
 *
 * {@snippet class="dev.ashlar.verification.shown.InjectionCodeTest" region="module"}
 *
 * <p>What is set wrongly fails when the injector is made, as a {@link com.google.inject.CreationException} that tells
 * all of it.
 */
public final class AllocatorModule extends AbstractModule {

    private final AllocatorConfig config;
    private final SortedMap<String, String> properties;
    private final SortedMap<String, Long> components;
    private final @Nullable PoolProvider poolProvider;
    private final @Nullable AllocatorLifecycle lifecycle;
    private final List<PoolBinding<?>> pools;

    /** The module with every default. */
    public AllocatorModule() {
        this(builder());
    }

    private AllocatorModule(Builder builder) {
        config = builder.config;
        properties = new TreeMap<>(builder.properties);
        components = new TreeMap<>(builder.components);
        poolProvider = builder.poolProvider;
        lifecycle = builder.lifecycle;
        pools = List.copyOf(builder.pools);
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    protected void configure() {
        var binder = binder().skipSources(AllocatorModule.class, Settings.class);
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
        settings.quotas(components, complete.limitBytes())
                .forEach((name, quota) -> bindComponent(name, quota, lifecycle));
        bindPools(binder, lifecycle);
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

    private void bindComponent(String name, long quota, AllocatorLifecycle lifecycle) {
        String whole = Settings.parentOf(name);
        Provider<Allocator> upstream = getProvider(whole.isEmpty() ? Key.get(Allocator.class) : named(whole));
        bind(named(name))
                .toProvider(() -> lifecycle.own(() -> Allocators.limited(upstream.get(), quota)))
                .in(Singleton.class);
    }

    private void bindPools(Binder binder, AllocatorLifecycle lifecycle) {
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
        for (PoolBinding<?> pool : pools) {
            if (names.add(pool.name())) {
                pool.bind(binder, provider, lifecycle);
            } else {
                binder.addError("Two pools are named '%s'. Tell them apart with @Named.", pool.name());
            }
        }
    }

    /** Collects what an {@link AllocatorModule} is made of. Not safe for use by many threads. */
    public static final class Builder {

        private AllocatorConfig config = AllocatorConfig.defaults();
        private final SortedMap<String, String> properties = new TreeMap<>();
        private final SortedMap<String, Long> components = new TreeMap<>();
        private final List<PoolBinding<?>> pools = new ArrayList<>();
        private @Nullable PoolProvider poolProvider;
        private @Nullable AllocatorLifecycle lifecycle;

        private Builder() {}

        /**
         * Sets what the allocators are made with.
         *
         * @param config limit, retained bytes, reserve, source and settings of strategies
         */
        public Builder config(AllocatorConfig config) {
            this.config = Objects.requireNonNull(config, "config");
            return this;
        }

        /**
         * Adds properties, which go before what is set in code: those of {@link AllocatorConfig}, and
         * {@code ashlar.components.cache=64MiB} for the quota of a component.
         *
         * @param properties text by key; keys that do not begin with {@code ashlar.} are passed over
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
                if (text != null) { // else another thread has removed it in between
                    texts.put(key, text);
                }
            }
            return properties(texts);
        }

        /**
         * Declares a component, which gets an allocator of its own by {@code @Named(name)}.
         *
         * @param name letters, digits, hyphens and underscores, but not an installed strategy's. A dot stands for a
         *     quota within another, which is declared too: {@code server.cache} counts against {@code server} as well
         * @param quotaBytes requested bytes that the component may have live at most, 0 or more
         */
        public Builder component(String name, long quotaBytes) {
            components.put(Objects.requireNonNull(name, "name"), quotaBytes);
            return this;
        }

        /**
         * Declares a pool of objects without an annotation.
         *
         * @param objects their type, of which the program binds a {@code PoolConfig}
         */
        public Builder pool(Class<?> objects) {
            return pool(Key.get(objects));
        }

        /**
         * Declares a pool.
         *
         * @param objects their type, and the annotation that both {@code Pool} and {@code PoolConfig} have. The pool's
         *     name in reports is that of {@code @Named}, or else the type's
         */
        public Builder pool(Key<?> objects) {
            pools.add(new PoolBinding<>(objects));
            return this;
        }

        /**
         * Sets what makes the pools.
         *
         * @param provider {@link PoolProviders#standard()} if this is not set
         */
        public Builder poolProvider(PoolProvider provider) {
            this.poolProvider = Objects.requireNonNull(provider, "provider");
            return this;
        }

        /**
         * Sets what closes everything that is made. With {@link com.google.inject.Stage#PRODUCTION} allocators are made
         * before the injector is complete; only a lifecycle of the program's own can close them if something else fails
         * then.
         *
         * @param lifecycle an open one; each injector has one of its own if this is not set
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
