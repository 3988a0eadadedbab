package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.ProviderException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks what was set, in code and by properties, while the injector is made. Guice gets all of what is wrong at once,
 * each with its source: the line of the program, or the property. No allocator is made for it.
 */
final class Settings {

    static final String PREFIX = "ashlar.";

    /** Properties that set a limit with a name. */
    private static final String LIMITS = PREFIX + "limits.";

    private static final String NAME = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

    private final Binder binder;
    private final SortedMap<String, AllocatorProvider> installed;
    private final SortedMap<String, String> ofLimits = new TreeMap<>();
    private final SortedMap<String, String> ofAllocators = new TreeMap<>();

    Settings(Binder binder, SortedMap<String, AllocatorProvider> installed, SortedMap<String, String> properties) {
        this.binder = binder;
        this.installed = installed;
        properties.forEach((key, text) -> (key.startsWith(LIMITS) ? ofLimits : ofAllocators).put(key, text));
    }

    /**
     * The configuration with those properties over it that are accepted.
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
     * As many properties as are accepted together. A property may need another that comes later, such as a larger size
     * of the next tier; so those that are refused are tried again as long as others are accepted.
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

    /** Whether a configuration is refused; Guice is told if it is. */
    private boolean refuses(Object source, AllocatorConfig config, Map<String, String> properties) {
        String refusal = refusal(config, properties);
        if (refusal != null) {
            binder.withSource(source).addError("%s", refusal);
        }
        return refusal != null;
    }

    /** Why a configuration is refused: by itself, by the adaptive strategy, or by one that has properties. */
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

    /**
     * The limits with a name, in bytes, with properties over them. A dot in a name stands for a limit within another; so
     * names in their order have each limit behind the one that it is within.
     *
     * @param declared what is set in code
     * @param limitBytes what none may pass
     */
    SortedMap<String, Setting<Long>> limits(SortedMap<String, Setting<Long>> declared, long limitBytes) {
        SortedMap<String, Setting<Long>> limits = new TreeMap<>(declared);
        ofLimits.forEach((key, text) -> {
            try {
                limits.put(key.substring(LIMITS.length()), Setting.byProperty(ByteSize.parse(text), key));
            } catch (IllegalArgumentException e) {
                binder.withSource(Setting.byProperty(text, key).source())
                        .addError("%s is '%s': %s", key, text, e.getMessage());
            }
        });
        limits.forEach(
                (name, limit) -> check(name, limit.value(), limits, limitBytes, binder.withSource(limit.source())));
        return limits;
    }

    private static void check(
            String name, long bytes, SortedMap<String, Setting<Long>> limits, long limitBytes, Binder binder) {
        if (!name.matches(NAME)) {
            binder.addError(
                    "A limit is named '%s', must be letters, digits, - and _, in parts separated by dots.", name);
            return;
        }
        if (bytes < 0) {
            binder.addError("The limit '%s' is %s bytes, must be 0 or more.", name, bytes);
        }
        String whole = parentOf(name);
        Setting<Long> parent = limits.get(whole);
        if (whole.isEmpty() && bytes > limitBytes) {
            binder.addError(
                    "The limit '%s' is %s bytes, must be at most that of the whole allocator, which is %s.",
                    name, bytes, limitBytes);
        } else if (parent != null && bytes > parent.value()) {
            binder.addError(
                    "The limit '%s' is %s bytes, must be at most that of '%s', which is %s.",
                    name, bytes, whole, parent.value());
        } else if (!whole.isEmpty() && parent == null) {
            binder.addError(
                    "The limit '%s' is within '%s', which is not set. Set it with limit(\"%s\", bytes) or %s%s, or use a"
                            + " name without a dot.",
                    name, whole, whole, LIMITS, whole);
        }
    }

    /** The limit that one is within, or nothing. */
    static String parentOf(String limit) {
        return limit.substring(0, Math.max(0, limit.lastIndexOf('.')));
    }
}
