package dev.ashlar.spi;

import dev.ashlar.api.AllocationException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The properties of {@link AllocatorConfig}: which keys there are, and what each sets. */
final class ConfigProperties {

    static final String PREFIX = "ashlar.";

    private static final List<String> GENERAL =
            List.of("capacity", "limit", "pool", "preallocate", "provider", "reserve", "source");

    /** The name of a strategy, and a key of it. */
    private static final Pattern OF_STRATEGY = Pattern.compile("[a-z][a-z0-9-]*\\..+");

    private ConfigProperties() {}

    /**
     * Sets what one property says.
     *
     * @param key begins with {@link #PREFIX}
     * @throws IllegalArgumentException if the key is unknown, or the value malformed or out of range
     */
    static void apply(String key, String text, AllocatorConfig.Builder builder) {
        String name = key.substring(PREFIX.length());
        if (isOfStrategy(name)) {
            builder.strategyProperty(key, text);
        } else if (GENERAL.contains(name)) {
            try {
                applyGeneral(name, text, builder);
            } catch (IllegalArgumentException | ProviderException e) {
                throw PropertyText.refused(key, text, String.valueOf(e.getMessage()), e);
            }
        } else {
            throw new IllegalArgumentException("Unknown key " + key + " (value '" + text + "')."
                    + NearestName.hint(name, GENERAL) + " Known keys: "
                    + GENERAL.stream().map(PREFIX::concat).collect(Collectors.joining(", "))
                    + ", and ashlar.<strategy>.<component> with the name of a strategy in lower case.");
        }
    }

    /** A key such as limit.max is a slip, not a setting of a strategy named limit. */
    private static boolean isOfStrategy(String name) {
        return OF_STRATEGY.matcher(name).matches() && !GENERAL.contains(name.substring(0, name.indexOf('.')));
    }

    private static void applyGeneral(String name, String text, AllocatorConfig.Builder builder) {
        switch (name) {
            case "limit" -> builder.limitBytes(parseLimit(text));
            case "capacity" -> builder.capacityBytes(ByteSize.parse(text));
            case "reserve" -> builder.reserveBytes(ByteSize.parse(text));
            case "preallocate" -> builder.preallocateBytes(ByteSize.parse(text));
            case "source" -> builder.source(MemorySources.require(text.strip()));
            default -> {
                // AllocatorProviders reads `provider`, PoolProviders `pool`; a configuration may be made from all
                // system properties.
            }
        }
    }

    private static long parseLimit(String text) {
        return text.strip().toLowerCase(Locale.ROOT).equals("none")
                ? AllocationException.NO_LIMIT
                : ByteSize.parse(text);
    }
}
