package dev.ashlar.insight.optimizer;

import dev.ashlar.adaptive.Profile;
import dev.ashlar.spi.AllocatorConfig;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Function;

/**
 * All settings of a {@link MemoryOptimizer}. Immutable.
 *
 * <p>A file of properties has the same settings. The keys {@code ashlar.*} are those of {@link AllocatorConfig} and of
 * the strategy {@code adaptive}, among them the preset {@code ashlar.adaptive.profile} and {@code ashlar.tracking},
 * without which no leaks are found. The others are:
 *
 * <table>
 * <caption>Properties</caption>
 * <tr><th>Key</th><th>Value</th><th>Default</th></tr>
 * <tr><td>{@code optimizer.pooling}</td><td>{@code adapt}, {@code watch} or {@code off}</td>
 *     <td>{@code adapt}</td></tr>
 * <tr><td>{@code optimizer.caching}</td><td>the same</td><td>{@code adapt}</td></tr>
 * <tr><td>{@code optimizer.collector}</td><td>the same</td><td>{@code watch}</td></tr>
 * <tr><td>{@code optimizer.target-use}</td><td>per cent, 0 to 100</td><td>{@code 50}</td></tr>
 * <tr><td>{@code optimizer.interval}</td><td>ISO-8601, such as {@code PT10S}</td><td>{@code PT10S}</td></tr>
 * </table>
 *
 * @param allocator limit, retained bytes, source and profile of the allocator
 * @param pooling what is done about pools
 * @param caching what is done about caches
 * @param collector what is done about the garbage collector
 * @param targetUsePercent requested / committed bytes, in per cent: below it idle memory is released. 0 to 100
 * @param interval the length of a window, by which changes are judged; positive
 */
public record OptimizerConfig(
        AllocatorConfig allocator,
        Part pooling,
        Part caching,
        Part collector,
        double targetUsePercent,
        Duration interval) {

    private static final String PREFIX = "optimizer.";
    private static final List<String> KEYS = List.of("caching", "collector", "interval", "pooling", "target-use");

    /** Checks the ranges. */
    public OptimizerConfig {
        Objects.requireNonNull(allocator, "allocator");
        Objects.requireNonNull(pooling, "pooling");
        Objects.requireNonNull(caching, "caching");
        Objects.requireNonNull(collector, "collector");
        if (!(targetUsePercent >= 0 && targetUsePercent <= 100)) {
            throw new IllegalArgumentException("targetUsePercent is " + targetUsePercent + ", must be 0 to 100");
        }
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("interval is " + interval + ", must be positive");
        }
    }

    /** What is done about a part of the program. */
    public enum Part {
        /** Nothing. Of the collector: the flight recorder stays off. */
        OFF,
        /** It is in the report, with advice. */
        WATCH,
        /**
         * It adapts to the load. Of the collector: recommendations of low risk are applied where the running JVM
         * allows, and taken back if they do harm.
         */
        ADAPT
    }

    /**
     * The settings for a kind of program, with leak tracking.
     *
     * @param profile of the allocator
     */
    public static OptimizerConfig of(Profile profile) {
        String name = profile.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return from(Map.of("ashlar.adaptive.profile", name, "ashlar.tracking", "leaks"));
    }

    /**
     * The settings in a file of properties.
     *
     * @param file in the format of {@link Properties}, UTF-8
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if a key is unknown or a value malformed or out of range
     */
    public static OptimizerConfig load(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        Map<String, String> texts = new HashMap<>();
        properties.stringPropertyNames().forEach(key -> texts.put(key, properties.getProperty(key, "")));
        return from(texts);
    }

    /**
     * The settings in a map.
     *
     * @param properties text by key
     * @throws IllegalArgumentException if a key is unknown or a value malformed or out of range
     */
    public static OptimizerConfig from(Map<String, String> properties) {
        properties.keySet().stream()
                .filter(key -> key.startsWith(PREFIX) && !KEYS.contains(key.substring(PREFIX.length())))
                .findFirst()
                .ifPresent(key -> {
                    throw new IllegalArgumentException(
                            "Unknown key " + key + ". Known keys: " + PREFIX + String.join(", " + PREFIX, KEYS));
                });
        Function<String, Part> part = text -> Part.valueOf(text.toUpperCase(Locale.ROOT));
        return new OptimizerConfig(
                AllocatorConfig.from(properties),
                value(properties, "pooling", Part.ADAPT, part),
                value(properties, "caching", Part.ADAPT, part),
                value(properties, "collector", Part.WATCH, part),
                value(properties, "target-use", 50.0, Double::valueOf),
                value(properties, "interval", Duration.ofSeconds(10), Duration::parse));
    }

    private static <T> T value(Map<String, String> properties, String key, T standard, Function<String, T> parse) {
        String text = properties.get(PREFIX + key);
        if (text == null) {
            return standard;
        }
        try {
            return parse.apply(text.strip());
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    PREFIX + key + " is '" + text + "', must be a value like " + standard, e);
        }
    }
}
