package dev.ashlar.spi;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The settings of one strategy, from code and from properties. A setting that is not set has its default value.
 * Immutable.
 *
 * <p>Each value was checked on its own. A strategy checks how its settings relate to each other, with {@link
 * #requireAscending}, or with a check of its own and {@link #describe} for the message.
 */
public final class StrategySettings {

    /** No setting is set. */
    public static final StrategySettings NONE = new StrategySettings(Map.of());

    private final Map<StrategySetting<?>, Assignment> assignments;

    /** The value of one setting.
     * @param name the key or, if a property set the value, that property
     * @param text the value as messages show it
     */
    private record Assignment(Object value, String name, String text) {}

    private StrategySettings(Map<StrategySetting<?>, Assignment> assignments) {
        this.assignments = assignments;
    }

    /** The value of a setting, or its default if it is not set. */
    @SuppressWarnings("unchecked") // with and withProperties put values of the setting's type
    public <T> T get(StrategySetting<T> setting) {
        Assignment assignment = assignments.get(setting);
        return assignment == null ? setting.byDefault() : (T) assignment.value;
    }

    /**
     * These settings with one value changed.
     * @throws IllegalArgumentException if the value is not allowed; the message names the key, the value and the
     *     allowed values
     */
    public <T> StrategySettings with(StrategySetting<T> setting, T value) {
        Map<StrategySetting<?>, Assignment> more = new HashMap<>(assignments);
        more.put(setting, new Assignment(setting.require(value), setting.key(), String.valueOf(value)));
        return new StrategySettings(more);
    }

    /**
     * These settings. A setting that is not set here has its value from others.
     *
     * @param others used only for settings that are not set here, such as those of a profile
     */
    public StrategySettings orElse(StrategySettings others) {
        Map<StrategySetting<?>, Assignment> all = new HashMap<>(others.assignments);
        all.putAll(assignments);
        return new StrategySettings(all);
    }

    /**
     * These settings, with properties that override them.
     * @param prefix the start of the strategy's keys, such as {@code "ashlar.slab."}
     * @param properties text by key; keys without the prefix are ignored
     * @param known all settings of the strategy
     * @throws IllegalArgumentException if a key names no known setting, or a value is malformed or not allowed
     */
    StrategySettings withProperties(
            String prefix, Map<String, String> properties, Collection<StrategySetting<?>> known) {
        Map<StrategySetting<?>, Assignment> more = new HashMap<>(assignments);
        properties.forEach((name, text) -> {
            if (name.startsWith(prefix)) {
                StrategySetting<?> setting = find(prefix, name, text, known);
                more.put(setting, new Assignment(setting.parse(name, text), name, "'" + text + "'"));
            }
        });
        return new StrategySettings(more);
    }

    private static StrategySetting<?> find(
            String prefix, String name, String text, Collection<StrategySetting<?>> known) {
        String wanted = name.substring(prefix.length());
        return known.stream()
                .filter(setting -> setting.key().equals(wanted))
                .findFirst()
                .orElseThrow(() -> unknown(prefix, wanted, text, known));
    }

    private static IllegalArgumentException unknown(
            String prefix, String name, String text, Collection<StrategySetting<?>> known) {
        List<String> keys = known.stream().map(StrategySetting::key).sorted().toList();
        String allowed = keys.isEmpty()
                ? "There are no keys that begin with " + prefix
                : "Known keys: " + keys.stream().map(prefix::concat).collect(Collectors.joining(", "));
        return new IllegalArgumentException("Unknown key " + prefix + name + " (value '" + text + "')."
                + NearestName.hint(name, keys) + " " + allowed + ".");
    }

    /**
     * The text for a setting and its value in messages, such as {@code tags is 7}, or {@code ashlar.adaptive.tags is
     * '7'} if a property set it.
     */
    public String describe(StrategySetting<?> setting) {
        Assignment assignment = assignments.get(setting);
        return assignment == null
                ? setting.key() + " is " + setting.byDefault() + " by default"
                : assignment.name + " is " + assignment.text;
    }

    /**
     * Checks that one setting is not more than another.
     *
     * @param lower the setting that must not be more
     * @param upper the setting that must not be less
     * @throws IllegalArgumentException if it is more; the message names both settings and their values
     */
    public <T extends Comparable<T>> void requireAscending(StrategySetting<T> lower, StrategySetting<T> upper) {
        if (get(lower).compareTo(get(upper)) > 0) {
            throw new IllegalArgumentException(describe(lower) + ", must be at most " + upper.key() + ": "
                    + describe(upper) + ". Lower the first or raise the second.");
        }
    }

    /** The values that are set, by key. */
    @Override
    public String toString() {
        return assignments.values().stream()
                .map(assignment -> assignment.name + "=" + assignment.value)
                .sorted()
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
