package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings.TierSettings;
import dev.ashlar.spi.ByteSize;
import java.util.List;

/** Sets which sizes a tier serves, on which strategy, and its part of what is kept ready. */
public final class TierBuilder {

    private final Adaptive.Builder builder;
    private final TierSettings settings;

    TierBuilder(Adaptive.Builder builder, TierSettings settings) {
        this.builder = builder;
        this.settings = settings;
    }

    /**
     * Sets the largest block of the tier. That of a tier of larger blocks must not be less.
     *
     * @param bytes 0 or more; by default 256, 64 KiB, and 1 GiB
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
     * Sets the strategies. The first that is installed serves the tier, and if it is not configured for all of its
     * sizes the next serves the rest.
     *
     * @param names of providers in order of preference, or {@link Adaptive#DIRECT}
     * @throws IllegalArgumentException if there is none, or one that is no name
     */
    public TierBuilder strategies(String... names) {
        builder.put(settings.strategies(), List.of(names));
        return this;
    }

    /**
     * Sets the tier's part of the bytes that are retained. All tiers together have 1 at most.
     *
     * @param share 0 to 1; by default 0.25, 0.5, and 0.25
     * @throws IllegalArgumentException if it is out of range
     */
    public TierBuilder retainedShare(double share) {
        builder.put(settings.retainedShare(), share);
        return this;
    }
}
