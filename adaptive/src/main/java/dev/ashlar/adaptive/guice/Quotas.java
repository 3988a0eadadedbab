package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import dev.ashlar.spi.ByteSize;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The quotas of components, checked while the injector is made. A dot in a name stands for a quota within another; so names
 * in their order have each component behind the one that it is part of.
 */
final class Quotas {

    /** Properties that set one. */
    static final String PREFIX = Settings.PREFIX + "components.";

    private static final String NAME = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

    private final Binder binder;
    private final SortedMap<String, Long> quotas;

    /**
     * Quotas with properties over them.
     *
     * @param declared bytes by component
     * @param properties those that begin with {@link #PREFIX}
     */
    Quotas(Binder binder, Map<String, Long> declared, SortedMap<String, String> properties) {
        this.binder = binder;
        this.quotas = new TreeMap<>(declared);
        properties.forEach((key, text) -> {
            try {
                quotas.put(key.substring(PREFIX.length()), ByteSize.parse(text));
            } catch (IllegalArgumentException e) {
                binder.addError("%s is '%s': %s", key, text, e.getMessage());
            }
        });
    }

    /**
     * Bytes by component, those that are part of another behind it.
     *
     * @param limitBytes what none may pass
     */
    SortedMap<String, Long> check(long limitBytes) {
        quotas.forEach((name, bytes) -> check(name, bytes, limitBytes));
        return quotas;
    }

    private void check(String name, long bytes, long limitBytes) {
        if (!name.matches(NAME)) {
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
                    name, whole, whole, PREFIX, whole);
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
