package dev.ashlar.adaptive;

import dev.ashlar.spi.Range;
import java.util.List;

/**
 * A tier: which sizes it serves, on which strategy, and its part of what is kept ready.
 *
 * @param upTo the largest block in bytes
 * @param strategies names of providers in order of preference, at least one; the first that is installed serves the
 *     tier, and if it is not configured for all of its sizes the next serves the rest. {@code direct} takes each block
 *     from the memory source on its own and is always installed
 * @param retainedShare its part of the bytes that are retained, 0 to 1
 */
public record TierConfig(long upTo, List<String> strategies, double retainedShare) {

    /** Stands for no strategy: each block is a chunk of its own. */
    public static final String DIRECT = "direct";

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public TierConfig {
        Range.requireBetween("upTo", upTo, 0L, Long.MAX_VALUE);
        Range.requireBetween("retainedShare", retainedShare, 0.0, 1.0);
        strategies = requireNames("strategies", strategies);
    }

    /**
     * A tier on one strategy.
     *
     * @param upTo the largest block in bytes
     * @param strategy the name of a provider, or {@code direct}
     * @param retainedShare its part of the bytes that are retained, 0 to 1
     */
    public TierConfig(long upTo, String strategy, double retainedShare) {
        this(upTo, List.of(strategy), retainedShare);
    }

    static List<String> requireNames(String component, List<String> strategies) {
        if (strategies.isEmpty() || !strategies.stream().allMatch(name -> name.matches("[a-z][a-z0-9-]*"))) {
            throw new IllegalArgumentException(component + " is '" + String.join(",", strategies)
                    + "', must be names of strategies, such as slab, tlsf");
        }
        return List.copyOf(strategies);
    }

    /**
     * This tier on other strategies.
     *
     * @param names names in order of preference
     */
    public TierConfig withStrategies(String... names) {
        return new TierConfig(upTo, List.of(names), retainedShare);
    }
}
