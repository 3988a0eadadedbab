package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.TierConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Chooses among the strategies that are installed. */
final class Strategies {

    /** What serves where nothing that was asked for is installed, the best first. */
    private static final List<String> NEXT_BEST = List.of("lockfree", "slab", "tlsf", "buddy");

    /** Keep nothing for a thread. */
    private static final List<String> WITHOUT_THREAD_CACHES = List.of("tlsf", "buddy");

    /** Frees single blocks at a reset only, so it serves where that is asked for and nowhere else. */
    static final String ARENA = "arena";

    private final Map<String, AllocatorProvider> installed;

    /**
     * A choice.
     *
     * @param installed providers by name
     * @throws dev.ashlar.spi.ProviderException if there is none to compose; the message says what to add
     */
    Strategies(Map<String, AllocatorProvider> installed) {
        this.installed = new TreeMap<>(installed);
        this.installed.remove(AdaptiveProvider.NAME);
        if (this.installed.keySet().stream().allMatch(ARENA::equals)) {
            AllocatorProviders.require(NEXT_BEST.getFirst()); // says what to add, if there really is none
            throw new IllegalStateException("adaptive composes other strategies, and was given none. Add the dependency"
                    + " dev.ashlar:ashlar-lockfree and import dev.ashlar:ashlar-bom for its version.");
        }
    }

    /** The strategy that serves a tier: the first that is installed of those asked for, then of the next best. */
    Strategy choose(TierConfig tier, boolean threadCaches) {
        Stream<String> first = threadCaches ? Stream.empty() : WITHOUT_THREAD_CACHES.stream();
        Stream<String> wanted = Stream.concat(first, tier.strategyNames().stream());
        Stream<String> others = installed.keySet().stream().filter(name -> !name.equals(ARENA));
        return Stream.concat(wanted, Stream.concat(NEXT_BEST.stream(), others))
                .flatMap(name -> find(name).stream())
                .findFirst()
                .orElse(Strategy.DIRECT);
    }

    Optional<Strategy> find(String name) {
        return name.equals(TierConfig.DIRECT)
                ? Optional.of(Strategy.DIRECT)
                : Optional.ofNullable(installed.get(name)).map(Strategy::new);
    }
}
