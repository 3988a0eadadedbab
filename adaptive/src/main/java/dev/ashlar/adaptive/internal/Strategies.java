package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.TierConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses among the strategies that are installed, and says where it is not the first choice. */
final class Strategies {

    private static final Logger LOG = LoggerFactory.getLogger(Strategies.class);

    /** What serves where nothing that was asked for is installed, the best first. */
    private static final List<String> NEXT_BEST = List.of("slab", "lockfree", "tlsf", "buddy");

    /** Keep nothing for a thread. */
    private static final List<String> WITHOUT_THREAD_CACHES = List.of("tlsf", "buddy");

    /** Frees single blocks at a reset only, so it serves where that is asked for and nowhere else. */
    private static final String ARENA = "arena";

    private final Map<String, AllocatorProvider> installed;
    private final AdaptiveConfig settings;
    private final EventLog events;

    /**
     * A choice among providers by name.
     *
     * @throws dev.ashlar.spi.ProviderException if there is none to compose; the message says what to add
     */
    Strategies(Map<String, AllocatorProvider> installed, AdaptiveConfig settings, EventLog events) {
        this.settings = settings;
        this.events = events;
        this.installed = new TreeMap<>(installed);
        this.installed.remove(AdaptiveProvider.NAME);
        if (this.installed.keySet().stream().allMatch(ARENA::equals)) {
            AllocatorProviders.require(NEXT_BEST.getFirst()); // says what to add, if there really is none
            throw new IllegalStateException("adaptive composes other strategies, and was given none. Add the dependency"
                    + " dev.ashlar:ashlar-slab and import dev.ashlar:ashlar-bom for its version.");
        }
    }

    /** The strategy that serves a tier: the first that is installed of those asked for, then of the next best. */
    AllocatorProvider choose(String tier, TierConfig config) {
        boolean threadCaches = settings.threadCaches();
        Stream<String> first = threadCaches ? Stream.empty() : WITHOUT_THREAD_CACHES.stream();
        Stream<String> wanted = Stream.concat(first, config.strategies().stream());
        Stream<String> others = installed.keySet().stream().filter(name -> !name.equals(ARENA));
        AllocatorProvider chosen = Stream.concat(wanted, Stream.concat(NEXT_BEST.stream(), others))
                .flatMap(name -> find(name).stream())
                .findFirst()
                .orElse(DirectProvider.INSTANCE);
        String firstChoice = config.strategies().getFirst();
        if (threadCaches && !chosen.name().equals(firstChoice)) {
            noteReplaced(tier, firstChoice, chosen.name());
        }
        return chosen;
    }

    /** What serves short-lived blocks; null for the strategy of their tier. */
    @Nullable AllocatorProvider chooseShortLived() {
        List<String> names = settings.shortLived();
        for (String name : names) {
            AllocatorProvider found = find(name).orElse(null);
            if (found != null || name.equals(AdaptiveConfig.TIER)) {
                return found;
            }
        }
        noteReplaced("short-lived blocks", names.getFirst(), AdaptiveConfig.TIER);
        return null;
    }

    private Optional<AllocatorProvider> find(String name) {
        return name.equals(TierConfig.DIRECT)
                ? Optional.of(DirectProvider.INSTANCE)
                : Optional.ofNullable(installed.get(name));
    }

    private void noteReplaced(String tier, String wanted, String used) {
        events.decided(new AllocatorEvent.StrategyReplaced(events.now(), tier, wanted, used));
        LOG.info("{}: '{}' is not installed, '{}' serves instead", tier, wanted, used);
    }
}
