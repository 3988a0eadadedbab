package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ProviderException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks the configuration, set in code and by properties, while the injector is made. Guice gets everything that is
 * wrong at once, each with its source: the line of the program, or the property. No allocator is made for this.
 */
final class Settings {

    static final String PREFIX = "ashlar.";

    private final Binder binder;
    private final SortedMap<String, AllocatorProvider> installed;
    private final SortedMap<String, String> ofAllocators = new TreeMap<>();

    Settings(Binder binder, SortedMap<String, AllocatorProvider> installed, SortedMap<String, String> properties) {
        this.binder = binder;
        this.installed = installed;
        properties.forEach((key, text) -> {
            if (!key.startsWith(LimitSettings.LIMITS) && !key.startsWith(LimitSettings.RESERVATIONS)) {
                ofAllocators.put(key, text);
            }
        });
    }

    /**
     * The configuration with all accepted properties.
     *
     * @param inCode what is set in code
     */
    AllocatorConfig configure(Setting<AllocatorConfig> inCode) {
        AllocatorConfig config = inCode.value();
        if (refusal(config, ofAllocators) == null) {
            return withProperties(config, ofAllocators);
        }
        if (refuses(inCode.source(), config, Map.of())) {
            config = AllocatorConfig.defaults();
        }
        SortedMap<String, String> accepted = accepted(config);
        for (String key : ofAllocators.keySet()) {
            if (!accepted.containsKey(key)) {
                refuses(Setting.byProperty(key, key).source(), config, with(accepted, key));
            }
        }
        return withProperties(config, accepted);
    }

    /**
     * As many properties as are accepted together. A property may need a later one, such as a larger size of the next
     * tier. So refused ones are tried again as long as others are accepted.
     */
    private SortedMap<String, String> accepted(AllocatorConfig config) {
        SortedMap<String, String> accepted = new TreeMap<>();
        int before;
        do {
            before = accepted.size();
            for (Map.Entry<String, String> property : ofAllocators.entrySet()) {
                if (refusal(config, with(accepted, property.getKey())) == null) {
                    accepted.put(property.getKey(), property.getValue());
                }
            }
        } while (accepted.size() > before);
        return accepted;
    }

    private SortedMap<String, String> with(SortedMap<String, String> properties, String another) {
        SortedMap<String, String> more = new TreeMap<>(properties);
        more.put(another, String.valueOf(ofAllocators.get(another)));
        return more;
    }

    private static AllocatorConfig withProperties(AllocatorConfig config, Map<String, String> properties) {
        return config.toBuilder().properties(properties).build();
    }

    /** Whether a configuration is refused. If so, adds the error to Guice. */
    private boolean refuses(Object source, AllocatorConfig config, Map<String, String> properties) {
        String refusal = refusal(config, properties);
        if (refusal != null) {
            binder.withSource(source).addError("%s", refusal);
        }
        return refusal != null;
    }

    /**
     * Why a configuration is refused: by itself, by the adaptive strategy, or by another strategy that has properties.
     */
    private @Nullable String refusal(AllocatorConfig config, Map<String, String> properties) {
        try {
            AllocatorConfig complete = withProperties(config, properties);
            installed.forEach((name, provider) -> {
                if (properties.keySet().stream().anyMatch(key -> key.startsWith(PREFIX + name + "."))) {
                    provider.validate(complete);
                }
            });
            new AdaptiveProvider().validate(complete);
            return null;
        } catch (IllegalArgumentException | ProviderException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
