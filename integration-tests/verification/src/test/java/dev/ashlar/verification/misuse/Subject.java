package dev.ashlar.verification.misuse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.verification.composition.Views;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** An installed strategy, or a decorator over it, that is misused. */
record Subject(AllocatorProvider provider, Decorator decorator) {

    /** What stands over the strategy. */
    enum Decorator {
        NONE {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return strategy.get();
            }
        },
        LIMITED {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Allocators.limited(strategy.get(), 1 << 30);
            }
        },
        RECORDING {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Views.RECORDER.recording(strategy.get());
            }
        },
        TRACKING {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Allocators.tracking(
                        strategy.get(),
                        Tracking.builder().bytesPerSample(Tracking.ALL).build());
            }
        },
        HARDENING {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Allocators.hardening(strategy.get(), Hardening.Level.SIZES);
            }
        },
        SEGREGATED {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Allocators.segregated(1_000, strategy.get(), strategy.get());
            }
        },
        FALLBACK {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Allocators.fallback(Allocators.limited(strategy.get(), 1_000), strategy.get());
            }
        },
        LIMITED_OVER_FALLBACK {
            @Override
            Allocator over(Supplier<Allocator> strategy) {
                return Allocators.limited(FALLBACK.over(strategy), 1 << 30);
            }
        };

        abstract Allocator over(Supplier<Allocator> strategy);
    }

    /** An arena sees invalid frees only with its checks. No other thread changes figures of {@code adaptive}. */
    private static final Map<String, String> PROPERTIES =
            Map.of("ashlar.arena.checking", "full", "ashlar.adaptive.housekeeping", "manual");

    /** Slab's owners free by plain writes, and {@code adaptive} uses slab. Both declare it. */
    private static final Set<String> BOTH_MAY_BE_SERVED = Set.of("slab", "adaptive");

    /** Every strategy, and every decorator over each. */
    static Stream<Subject> all() {
        return AllocatorProviders.installed().values().stream()
                .flatMap(provider -> Arrays.stream(Decorator.values()).map(each -> new Subject(provider, each)));
    }

    AllocatorUnderTest open() {
        FaultySource source = new FaultySource();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .limitBytes(AllocationException.NO_LIMIT)
                .properties(PROPERTIES)
                .build();
        ContractLimits limits = ContractLimits.builder()
                .singleFrees(isArena() && ownsMemory() ? SingleFrees.WAIT_FOR_RESET : SingleFrees.GIVE_BACK)
                .build();
        return new AllocatorUnderTest(decorator.over(() -> provider.create(config)), source, config, limits);
    }

    private boolean isArena() {
        return provider.name().equals("arena");
    }

    /** Whether closing it ends its memory. */
    boolean ownsMemory() {
        return decorator == Decorator.NONE;
    }

    /** Whether it decides which of two frees at the same instant is served. */
    boolean decidesRacingFrees() {
        return decorator == Decorator.HARDENING || !BOTH_MAY_BE_SERVED.contains(provider.name());
    }

    /** Whether it knows the requested size of each block. */
    boolean storesSizes() {
        return decorator == Decorator.HARDENING || isArena();
    }

    @Override
    public String toString() {
        return provider.name() + (ownsMemory() ? "" : ", " + decorator);
    }
}
