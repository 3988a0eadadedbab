package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.ProviderException;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Checks what was set, in code and by properties, while the injector is made. What is wrong is told to Guice, all of it
 * at once.
 *
 * <p>Settings of strategies are checked by those who know them: the adaptive one, and each that properties name.
 */
final class Settings {

    static final String PREFIX = "ashlar.";

    /** Properties that set the quota of a component. */
    private static final String COMPONENTS = PREFIX + "components.";

    private static final String COMPONENT = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

    private final Binder binder;
    private final SortedMap<String, AllocatorProvider> installed;
    private final SortedMap<String, String> ofComponents = new TreeMap<>();
    private final SortedMap<String, String> ofAllocators = new TreeMap<>();

    Settings(Binder binder, SortedMap<String, AllocatorProvider> installed, SortedMap<String, String> properties) {
        this.binder = binder;
        this.installed = installed;
        properties.forEach((key, text) -> (key.startsWith(COMPONENTS) ? ofComponents : ofAllocators).put(key, text));
    }

    /**
     * The configuration with properties over it, or without them if they are wrong.
     *
     * @param config what is set in code
     */
    AllocatorConfig configure(AllocatorConfig config) {
        AllocatorConfig.Builder builder = config.toBuilder();
        boolean sound = true;
        for (Map.Entry<String, String> property : ofAllocators.entrySet()) {
            sound &= accepts(() -> builder.properties(Map.of(property.getKey(), property.getValue())));
        }
        if (!sound || !accepts(builder::build)) {
            return config;
        }
        AllocatorConfig complete = builder.build();
        for (String strategy : strategies()) {
            AllocatorProvider provider = installed.get(strategy);
            if (provider == null) {
                binder.addError(
                        "%s%s.* is set, and no strategy '%s' is installed. Installed: %s. Add the dependency that has it,"
                                + " or remove the property.",
                        PREFIX, strategy, strategy, String.join(", ", installed.keySet()));
                sound = false;
            } else {
                sound &= accepts(() -> provider.validate(complete));
            }
        }
        if (sound) {
            accepts(() -> new AdaptiveProvider().validate(complete));
        }
        return complete;
    }

    /** Those of which something is set, but for the adaptive one, which is tried in any case. */
    private Set<String> strategies() {
        return ofAllocators.keySet().stream()
                .filter(key -> key.indexOf('.', PREFIX.length()) > 0)
                .map(key -> key.substring(PREFIX.length(), key.indexOf('.', PREFIX.length())))
                .filter(strategy -> !strategy.equals(AdaptiveProvider.NAME))
                .collect(Collectors.toCollection(TreeSet::new));
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

    /**
     * The quotas of components, in bytes, with properties over them. A dot in a name stands for a quota within another;
     * so names in their order have each component behind the one that it is part of.
     *
     * @param declared what is set in code
     * @param limitBytes what none may pass
     */
    SortedMap<String, Long> quotas(SortedMap<String, Long> declared, long limitBytes) {
        SortedMap<String, Long> quotas = new TreeMap<>(declared);
        ofComponents.forEach((key, text) -> {
            try {
                quotas.put(key.substring(COMPONENTS.length()), ByteSize.parse(text));
            } catch (IllegalArgumentException e) {
                binder.addError("%s is '%s': %s", key, text, e.getMessage());
            }
        });
        quotas.forEach((name, bytes) -> check(name, bytes, quotas, limitBytes));
        return quotas;
    }

    private void check(String name, long bytes, SortedMap<String, Long> quotas, long limitBytes) {
        if (!name.matches(COMPONENT)) {
            binder.addError(
                    "A component is named '%s', must be letters, digits, - and _, in parts separated by dots.", name);
            return;
        }
        if (bytes < 0) {
            binder.addError("The quota of component '%s' is %s bytes, must be 0 or more.", name, bytes);
        }
        String whole = parentOf(name);
        Long most = whole.isEmpty() ? Long.valueOf(limitBytes) : quotas.get(whole);
        if (most == null) {
            binder.addError(
                    "Component '%s' is part of '%s', which has no quota. Set one with component(\"%s\", bytes) or %s%s, or"
                            + " use a name without a dot.",
                    name, whole, whole, COMPONENTS, whole);
        } else if (bytes > most) {
            binder.addError(
                    "The quota of component '%s' is %s bytes, must be at most that of %s, which is %s.",
                    name, bytes, whole.isEmpty() ? "the whole allocator" : "'" + whole + "'", most);
        }
    }

    /** The component that one is part of, or nothing. */
    static String parentOf(String component) {
        return component.substring(0, Math.max(0, component.lastIndexOf('.')));
    }
}
