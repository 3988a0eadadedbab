package dev.ashlar.lockfree;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.support.SizeClassBuilder;

/**
 * Allocators of the strategy {@code lockfree}. Object pools are made by {@link LockFreePools}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="lockfree"}
 */
public final class LockFree {

    private LockFree() {}

    /** An allocator with every default. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds allocators of the strategy {@code lockfree}. */
    public static final class Builder extends SizeClassBuilder<Builder> {

        private Builder() {
            super(new LockFreeProvider());
        }
    }
}
