package dev.ashlar.adaptive;

import dev.ashlar.spi.Range;
import java.util.Arrays;
import java.util.List;

/**
 * A tier: which sizes it serves, on which strategy, and its part of what is kept ready.
 *
 * @param upTo the largest block in bytes
 * @param strategies names of providers in order of preference, separated by commas; the first that is installed serves
 *     the tier. {@code direct} takes each block from the memory source on its own and is always installed
 * @param capacityShare its part of the configured capacity, 0 to 1
 */
public record TierConfig(long upTo, String strategies, double capacityShare) {

    /** Stands for no strategy: each block is a chunk of its own. */
    public static final String DIRECT = "direct";

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public TierConfig {
        Range.requireBetween("upTo", upTo, 0L, Long.MAX_VALUE);
        Range.requireBetween("capacityShare", capacityShare, 0.0, 1.0);
        requireNames("strategies", strategies);
    }

    static void requireNames(String component, String strategies) {
        if (names(strategies).stream().anyMatch(name -> !name.matches("[a-z][a-z0-9-]*"))) {
            throw new IllegalArgumentException(component + " is '" + strategies
                    + "', must be names of strategies separated by commas, such as slab, tlsf");
        }
    }

    /** The names one by one. */
    public List<String> strategyNames() {
        return names(strategies);
    }

    static List<String> names(String strategies) {
        return Arrays.stream(strategies.split(",", -1)).map(String::strip).toList();
    }

    /**
     * This tier on other strategies.
     *
     * @param strategies names in order of preference, separated by commas
     */
    public TierConfig withStrategies(String strategies) {
        return new TierConfig(upTo, strategies, capacityShare);
    }
}
