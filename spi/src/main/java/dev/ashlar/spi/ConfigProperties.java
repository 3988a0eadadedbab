package dev.ashlar.spi;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The properties of {@link AllocatorConfig}: the keys, and what each sets. */
final class ConfigProperties {

    static final String PREFIX = "ashlar.";

    private static final List<String> GENERAL = Stream.concat(
                    Stream.of("limit", "name", "pool", "preallocate", "provider", "reserve", "retained", "source"),
                    Decorations.all().keys().stream())
            .sorted()
            .toList();

    /** Keys that the testkit reads from the system properties. A program under test may receive them. */
    private static final Set<String> OF_TESTKIT = Set.of("patience", "seed", "tests");

    /** Keys that the Guice module reads: named limits, and the bytes that are reserved for them. */
    private static final Pattern OF_LIMITS = Pattern.compile("(limits|reservations)\\..*");

    /** The name of a strategy, a dot, and a key of that strategy. */
    private static final Pattern OF_STRATEGY = Pattern.compile("[a-z][a-z0-9-]*\\..+");

    private ConfigProperties() {}

    /**
     * Sets values from properties.
     *
     * @param properties text by key; keys that do not begin with {@link #PREFIX} are ignored
     * @param installed the names of strategies that may have settings; called only if there are settings
     * @throws IllegalArgumentException if a key is unknown, or the value malformed or out of range
     */
    static void apply(
            Map<String, String> properties, Supplier<Set<String>> installed, AllocatorConfig.Builder builder) {
        SortedMap<String, String> ofStrategies = new TreeMap<>();
        properties.forEach((key, text) -> {
            if (key.startsWith(PREFIX)) {
                String name = key.substring(PREFIX.length());
                if (isOfStrategy(name)) {
                    ofStrategies.put(key, text);
                } else if (!OF_TESTKIT.contains(name) && !isOfLimits(name)) {
                    applyGeneral(key, name, text, builder);
                }
            }
        });
        if (!ofStrategies.isEmpty()) {
            requireInstalled(ofStrategies, installed.get());
            ofStrategies.forEach(builder::strategyProperty);
        }
    }

    /** The names of all strategies and pool providers, which may have settings. */
    static Set<String> installed() {
        Set<String> names = new TreeSet<>(AllocatorProviders.installed().keySet());
        names.addAll(PoolProviders.installed().keySet());
        return names;
    }

    private static void requireInstalled(SortedMap<String, String> properties, Set<String> installed) {
        properties.forEach((key, text) -> {
            String strategy = firstPart(key.substring(PREFIX.length()));
            if (!installed.contains(strategy) && !strategy.equals(MemorySources.NATIVE)) {
                throw new IllegalArgumentException("Unknown key " + key + " (value '" + text + "'): no strategy '"
                        + strategy + "' is installed." + NearestName.hint(strategy, installed) + " Installed: "
                        + (installed.isEmpty() ? "none" : String.join(", ", installed))
                        + ". Add the dependency that has it, or remove the property.");
            }
        });
    }

    /** A key such as limit.max is a mistake, not a setting of a strategy named limit. */
    private static boolean isOfStrategy(String name) {
        String first = firstPart(name);
        return OF_STRATEGY.matcher(name).matches() && !GENERAL.contains(first) && !isOfLimits(name);
    }

    private static boolean isOfLimits(String name) {
        return OF_LIMITS.matcher(name).matches();
    }

    private static String firstPart(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static void applyGeneral(String key, String name, String text, AllocatorConfig.Builder builder) {
        if (!GENERAL.contains(name)) {
            throw new IllegalArgumentException("Unknown key " + key + " (value '" + text + "')."
                    + NearestName.hint(name, GENERAL) + " Known keys: "
                    + GENERAL.stream().map(PREFIX::concat).collect(Collectors.joining(", "))
                    + ", and ashlar.<strategy>.<key> with the name of a strategy in lower case.");
        }
        try {
            switch (name) {
                case "limit" -> builder.limitBytes(ByteSize.parse(text));
                case "name" -> builder.name(text.strip());
                case "retained" -> builder.retainedBytes(ByteSize.parse(text));
                case "reserve" -> builder.reserveBytes(ByteSize.parse(text));
                case "preallocate" -> builder.preallocateBytes(ByteSize.parse(text));
                case "source" -> builder.source(MemorySources.require(text.strip()));
                case "pool", "provider" -> {
                    // PoolProviders and AllocatorProviders read these; a configuration may be made from all system
                    // properties.
                }
                default -> builder.decoration(name, text.strip());
            }
        } catch (IllegalArgumentException | ProviderException e) {
            throw PropertyText.refused(key, text, String.valueOf(e.getMessage()), e);
        }
    }
}
