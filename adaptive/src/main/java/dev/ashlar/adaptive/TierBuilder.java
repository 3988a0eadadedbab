package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings.TierSettings;
import dev.ashlar.spi.ByteSize;
import java.util.List;

/** The settings of a tier: its sizes, its strategies, and its share of the retained bytes. */
public final class TierBuilder {

    private final Adaptive.Builder builder;
    private final TierSettings settings;

    TierBuilder(Adaptive.Builder builder, TierSettings settings) {
        this.builder = builder;
        this.settings = settings;
    }

    /**
     * Sets the largest block of the tier. It must not be more than that of the next tier.
     *
     * @param bytes 0 or more; by default 256 for small, 64 KiB for medium, and 1 GiB for large
     * @throws IllegalArgumentException if it is negative
     */
    public TierBuilder upTo(long bytes) {
        builder.put(settings.upTo(), bytes);
        return this;
    }

    /**
     * Sets the largest block of the tier.
     *
     * @param size such as {@code "128KiB"}
     * @throws IllegalArgumentException if it is no byte size
     */
    public TierBuilder upTo(String size) {
        return upTo(ByteSize.parse(size));
    }

    /**
     * Sets the strategies. The first installed one serves the tier. If it does not serve all sizes of the tier, the
     * next one serves the rest.
     *
     * @param names of providers in order of preference, or {@link Adaptive#DIRECT}
     * @throws IllegalArgumentException if there is no name, or one is malformed
     */
    public TierBuilder strategies(String... names) {
        builder.put(settings.strategies(), List.of(names));
        return this;
    }

    /**
     * Sets the tier's share of the retained bytes. The sum of all tiers must be at most 1.
     *
     * @param share 0 to 1; by default 0.25 for small, 0.5 for medium, and 0.25 for large
     * @throws IllegalArgumentException if it is out of range
     */
    public TierBuilder retainedShare(double share) {
        builder.put(settings.retainedShare(), share);
        return this;
    }
}
