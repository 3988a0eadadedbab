package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ProviderException;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Checks what was set, in code and by properties, while the injector is made. What is wrong is told to Guice, all of it at
 * once.
 *
 * <p>Settings of strategies are checked by those who know them: an allocator is made and closed again, the adaptive one and
 * one of each strategy that properties name. It takes no memory, because nothing is preallocated for it.
 */
final class Settings {

    static final String PREFIX = "ashlar.";

    private final Binder binder;
    private final SortedMap<String, AllocatorProvider> installed;

    Settings(Binder binder, SortedMap<String, AllocatorProvider> installed) {
        this.binder = binder;
        this.installed = installed;
    }

    /**
     * The configuration with properties over it, or without them if they are wrong.
     *
     * @param config what is set in code
     * @param properties those that begin with {@code ashlar.} and are not of this module
     */
    AllocatorConfig configure(AllocatorConfig config, SortedMap<String, String> properties) {
        AllocatorConfig.Builder builder = config.toBuilder();
        boolean sound = true;
        for (Map.Entry<String, String> property : properties.entrySet()) {
            sound &= accepts(() -> builder.properties(Map.of(property.getKey(), property.getValue())));
        }
        if (!sound || !accepts(builder::build)) {
            return config;
        }
        AllocatorConfig complete = builder.build();
        AllocatorConfig trial = complete.toBuilder().preallocateBytes(0).build();
        for (String strategy : strategiesIn(properties)) {
            AllocatorProvider provider = installed.get(strategy);
            if (provider == null) {
                binder.addError(
                        "%s%s.* is set, and no strategy '%s' is installed. Installed: %s. Add the dependency that has it,"
                                + " or remove the property.",
                        PREFIX, strategy, strategy, String.join(", ", installed.keySet()));
                sound = false;
            } else {
                sound &= accepts(() -> provider.create(trial).close());
            }
        }
        if (sound) {
            accepts(() -> AdaptiveAllocator.create(trial).close());
        }
        return complete;
    }

    private static SortedSet<String> strategiesIn(SortedMap<String, String> properties) {
        SortedSet<String> strategies = new TreeSet<>();
        for (String key : properties.keySet()) {
            int dot = key.indexOf('.', PREFIX.length());
            if (dot > 0) {
                strategies.add(key.substring(PREFIX.length(), dot));
            }
        }
        strategies.remove(AdaptiveProvider.NAME); // is tried in any case
        return strategies;
    }

    /** Whether a setting is accepted; Guice is told if not. */
    private boolean accepts(Runnable setting) {
        try {
            setting.run();
            return true;
        } catch (IllegalArgumentException | ProviderException e) {
            binder.addError("%s", e.getMessage());
            return false;
        }
    }
}
