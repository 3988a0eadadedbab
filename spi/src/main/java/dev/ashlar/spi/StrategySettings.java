package dev.ashlar.spi;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What is set for one strategy, in code and by properties. A setting that is not set has its default. Immutable.
 *
 * <p>Each value is allowed by itself. A strategy checks what its settings must be to each other, by
 * {@link #requireAscending} and with {@link #describe} for the message.
 */
public final class StrategySettings {

    /** Nothing is set. */
    public static final StrategySettings NONE = new StrategySettings(Map.of());

    private final Map<StrategySetting<?>, Assignment> assignments;

    /**
     * A value.
     *
     * @param text how it is said in messages: by its key, or by the property that set it
     */
    private record Assignment(Object value, String name, String text) {}

    private StrategySettings(Map<StrategySetting<?>, Assignment> assignments) {
        this.assignments = assignments;
    }

    /** The value of a setting: what is set, or its default. */
    @SuppressWarnings("unchecked") // with and withProperties put values of the setting's type
    public <T> T get(StrategySetting<T> setting) {
        Assignment assignment = assignments.get(setting);
        return assignment == null ? setting.byDefault() : (T) assignment.value;
    }

    /**
     * These settings with another value of one.
     *
     * @throws IllegalArgumentException if the value is not allowed, naming the key, the value and what is allowed
     */
    public <T> StrategySettings with(StrategySetting<T> setting, T value) {
        Map<StrategySetting<?>, Assignment> more = new HashMap<>(assignments);
        more.put(setting, new Assignment(setting.require(value), setting.key(), String.valueOf(value)));
        return new StrategySettings(more);
    }

    /**
     * These settings, with others where these have none.
     *
     * @param others such as those of a profile
     */
    public StrategySettings orElse(StrategySettings others) {
        Map<StrategySetting<?>, Assignment> all = new HashMap<>(others.assignments);
        all.putAll(assignments);
        return new StrategySettings(all);
    }

    /**
     * These settings with those of properties over them.
     *
     * @param prefix what keys of the strategy begin with, such as {@code "ashlar.slab."}
     * @param properties text by key; keys without the prefix are passed over
     * @param known all settings of the strategy
     * @throws IllegalArgumentException if a key names none of them, or a value is malformed or not allowed
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

    /** A setting and its value, for messages: {@code tags is 7}, or {@code ashlar.adaptive.tags is '7'}. */
    public String describe(StrategySetting<?> setting) {
        Assignment assignment = assignments.get(setting);
        return assignment == null
                ? setting.key() + " is " + setting.byDefault() + " by default"
                : assignment.name + " is " + assignment.text;
    }

    /**
     * Refuses a setting that is more than another.
     *
     * @param lower the one
     * @param upper the other
     * @throws IllegalArgumentException naming both, and their values
     */
    public <T extends Comparable<T>> void requireAscending(StrategySetting<T> lower, StrategySetting<T> upper) {
        if (get(lower).compareTo(get(upper)) > 0) {
            throw new IllegalArgumentException(describe(lower) + ", must be at most " + upper.key() + ": "
                    + describe(upper) + ". Lower the one or raise the other.");
        }
    }

    /** What is set, by key. */
    @Override
    public String toString() {
        return assignments.values().stream()
                .map(assignment -> assignment.name + "=" + assignment.value)
                .sorted()
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
