package dev.ashlar.slab;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.support.SizeClassBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Allocators of the strategy {@code slab}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="slab"}
 */
public final class Slab {

    private Slab() {}

    /** An allocator with every default. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds allocators of the strategy {@code slab}. */
    public static final class Builder extends SizeClassBuilder<Builder> {

        private List<Integer> sizes = List.of();

        private Builder() {
            super(new SlabProvider());
        }

        /**
         * Sets the size classes themselves, for example classes computed for a load. They override {@link
         * #classesPerDoubling} and {@link #largestBlock}.
         *
         * @param bytes ascending multiples of 8 up to 65,536; none to use {@link #classesPerDoubling}
         */
        public Builder sizes(int... bytes) {
            sizes = Arrays.stream(bytes).boxed().toList();
            return this;
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.of(new SlabConfig(classesPerDoubling, largestBlock, largeBlocks, sizes, threadBytes));
        }
    }
}
