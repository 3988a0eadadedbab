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
 *   <li>{@code @LimitedBy("cache") Allocator}: a view of the adaptive allocator with a limit of its own, for each that
 *       is {@linkplain Builder#limit declared};
 *   <li>{@code SupervisedPool<T>} and {@code Pool<T>}, for each type that is {@linkplain Builder#pool declared}: one
 *       pool by the {@code PoolConfig<T>} that the program binds, resized by the adaptive allocator;
 *   <li>{@link AllocatorConfig}: what they are made with;
 *   <li>{@link AllocatorLifecycle}, which closes them all.
 * </ul>
 *
 * <p>All are singletons, made when they are first asked for. The limit of the configuration holds for the adaptive
 * allocator and all views of it together, and for each other strategy on its own.
 *
 * {@snippet class="dev.ashlar.verification.shown.InjectionCodeTest" region="module"}
 *
 * <p>What is set wrongly fails when the injector is made, as a {@link com.google.inject.CreationException} that tells
 * all of it, each with the line or the property that set it.
 */
public final class AllocatorModule extends AbstractModule {

    private final Setting<AllocatorConfig> config;
    private final SortedMap<String, String> properties;
    private final SortedMap<String, Setting<Long>> limits;
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
        poolProvider = builder.poolProvider;
        lifecycle = builder.lifecycle;
        pools = List.copyOf(builder.pools);
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The key of what {@code @LimitedBy(limit) Allocator} asks for.
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
        settings.limits(limits, complete.limitBytes())
                .forEach((name, limit) -> bindLimit(binder.withSource(limit.source()), name, limit.value(), lifecycle));
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

    private static void bindLimit(Binder binder, String name, long limitBytes, AllocatorLifecycle lifecycle) {
        String whole = Settings.parentOf(name);
        Provider<Allocator> upstream = binder.getProvider(whole.isEmpty() ? Key.get(Allocator.class) : keyOf(whole));
        binder.bind(keyOf(name))
                .toProvider(() -> lifecycle.own(() -> Allocators.limited(upstream.get(), name, limitBytes)))
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
        for (Setting<PoolBinding<?>> pool : pools) {
            Binder ofPool = binder.withSource(pool.source());
            String name = pool.value().name();
            if (names.add(name)) {
                pool.value().bind(ofPool, provider, lifecycle);
            } else {
                ofPool.addError("Two pools are named '%s'. Tell them apart with @Named.", name);
            }
        }
    }

    /** Collects what an {@link AllocatorModule} is made of. Not safe for use by many threads. */
    public static final class Builder {

        private Setting<AllocatorConfig> config = new Setting<>(AllocatorConfig.defaults(), "the defaults");
        private final SortedMap<String, String> properties = new TreeMap<>();
        private final SortedMap<String, Setting<Long>> limits = new TreeMap<>();
        private final List<Setting<PoolBinding<?>>> pools = new ArrayList<>();
        private @Nullable PoolProvider poolProvider;
        private @Nullable AllocatorLifecycle lifecycle;

        private Builder() {}

        /**
         * Sets what the allocators are made with.
         *
         * @param config limit, retained bytes, reserve, source and settings of strategies
         */
        public Builder config(AllocatorConfig config) {
            this.config = Setting.byCaller(Objects.requireNonNull(config, "config"));
            return this;
        }

        /**
         * Adds properties, which override what is set in code: those of {@link AllocatorConfig}, and
         * {@code ashlar.limits.cache=64MiB} for a limit with a name.
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
         * Declares a limit. Who injects {@code @LimitedBy(name) Allocator} gets an allocator that has it as a {@link
         * dev.ashlar.api.Limit} of that name.
         *
         * @param name letters, digits, hyphens and underscores. A dot stands for a limit within another, which is
         *     declared too: what counts against {@code server.cache} counts against {@code server} as well
         * @param limitBytes bytes that may be live at most, 0 or more
         */
        public Builder limit(String name, long limitBytes) {
            limits.put(Objects.requireNonNull(name, "name"), Setting.byCaller(limitBytes));
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
            pools.add(Setting.byCaller(new PoolBinding<>(objects)));
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
