package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.internal.AdaptiveSettings.TierSettings;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.StrategySettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses among the installed strategies, and reports where it could not use the first choice. */
final class Strategies {

    private static final Logger LOG = LoggerFactory.getLogger(Strategies.class);

    /** The strategies to use if none of the configured ones is installed, the best first. */
    private static final List<String> NEXT_BEST = List.of("slab", "lockfree", "tlsf", "buddy");

    /** Strategies that keep nothing for a thread. */
    private static final List<String> WITHOUT_THREAD_CACHES = List.of("tlsf", "buddy");

    /** Capabilities that a composition has if all of its strategies have them. */
    static final Set<Class<?>> OF_STRATEGIES = Set.of(AddressAllocator.class, Owner.class, Inspectable.class);

    /** It frees single blocks only at a reset, so it is used only if it is configured. */
    private static final String ARENA = "arena";

    /**
     * With these an arena serves every thread, and refuses invalid frees, so that memory in which a block is live never
     * goes back to the {@link Reserve}.
     */
    private static final Map<String, String> OF_ARENAS =
            Map.of("ashlar.arena.threads", "shared", "ashlar.arena.checking", "full");

    private final Map<String, AllocatorProvider> installed;
    private final StrategySettings settings;

    /** The configuration of every sub-allocator. */
    final AllocatorConfig config;

    /** A choice among providers by name, which takes no memory. */
    Strategies(Map<String, AllocatorProvider> installed, StrategySettings settings, AllocatorConfig config) {
        this.settings = settings;
        this.config = ofParts(config);
        this.installed = new TreeMap<>(installed);
        this.installed.remove(AdaptiveProvider.NAME);
    }

    private static AllocatorConfig ofParts(AllocatorConfig config) {
        return AllocatorProviders.find(ARENA).isEmpty()
                ? config
                : config.toBuilder().properties(OF_ARENAS).build();
    }

    /**
     * Checks that at least one strategy is installed.
     *
     * @throws dev.ashlar.spi.ProviderException if there is none; the message says what to add
     */
    Strategies requireAny() {
        if (installed.keySet().stream().allMatch(ARENA::equals)) {
            AllocatorProviders.require(NEXT_BEST.getFirst()); // throws what to add, if there really is none
            throw new IllegalStateException("adaptive composes other strategies, and was given none. Add the dependency"
                    + " dev.ashlar:ashlar-slab and import dev.ashlar:ashlar-bom for its version.");
        }
        return this;
    }

    /** A tier, or a part of one, before it is made. */
    record Planned(String name, long upTo, double retainedShare, AllocatorProvider strategy) {

        private Planned with(Planned above) {
            double share = Math.min(1, retainedShare + above.retainedShare);
            return new Planned(name + "+" + above.name, above.upTo, share, strategy);
        }
    }

    /**
     * The plans of all tiers, in their order. Neighbours of one strategy are one tier.
     *
     * @throws IllegalArgumentException if a strategy refuses its settings
     */
    List<Planned> plan() {
        List<Planned> plan = new ArrayList<>();
        long above = -1;
        for (TierSettings tier : AdaptiveSettings.TIERS) {
            for (Planned next : plan(tier, above)) {
                boolean joined = !plan.isEmpty() && plan.getLast().strategy.equals(next.strategy);
                plan.add(joined ? plan.removeLast().with(next) : next);
            }
            above = settings.get(tier.upTo());
        }
        return plan;
    }

    /**
     * A tier on the first of its strategies that is installed. If that does not serve all of its sizes, the next
     * strategy that serves more gets the rest. A higher tier may serve sizes that none of them serves.
     */
    private List<Planned> plan(TierSettings tier, long above) {
        long upTo = settings.get(tier.upTo());
        List<AllocatorProvider> choices = choices(tier);
        List<AllocatorProvider> chosen = new ArrayList<>();
        long served = above;
        for (AllocatorProvider strategy : choices) {
            boolean isOfUse = chosen.isEmpty() || strategy != DirectProvider.INSTANCE;
            if (isOfUse && served < upTo && maxByteSize(strategy) > served) {
                chosen.add(strategy);
                served = maxByteSize(strategy);
            }
        }
        if (chosen.isEmpty()) {
            chosen.add(choices.getFirst());
        }
        double share = settings.get(tier.retainedShare()) / chosen.size();
        return chosen.stream()
                .map(strategy -> new Planned(
                        strategy == chosen.getFirst() ? tier.name() : tier.name() + "-" + strategy.name(),
                        Math.min(upTo, maxByteSize(strategy)),
                        share,
                        strategy))
                .toList();
    }

    /** The strategies that may serve a tier: the installed ones of those that are configured, or the next best. */
    private List<AllocatorProvider> choices(TierSettings tier) {
        Stream<String> first =
                settings.get(AdaptiveSettings.THREAD_CACHES) ? Stream.empty() : WITHOUT_THREAD_CACHES.stream();
        List<AllocatorProvider> asked = find(Stream.concat(first, settings.get(tier.strategies()).stream()));
        if (!asked.isEmpty()) {
            return asked;
        }
        Stream<String> others = installed.keySet().stream().filter(name -> !name.equals(ARENA));
        return find(Stream.of(NEXT_BEST.stream(), others, Stream.of(Adaptive.DIRECT))
                        .flatMap(names -> names))
                .subList(0, 1);
    }

    private List<AllocatorProvider> find(Stream<String> names) {
        return names.flatMap(name -> find(name).stream()).toList();
    }

    private long maxByteSize(AllocatorProvider strategy) {
        return strategy.capabilities(config).maxByteSize();
    }

    /** The strategy for short-lived blocks; null for that of their tier. */
    @Nullable AllocatorProvider shortLived() {
        return settings.get(AdaptiveSettings.SHORT_LIVED).stream()
                .filter(name -> name.equals(Adaptive.TIER) || find(name).isPresent())
                .findFirst()
                .flatMap(this::find)
                .orElse(null);
    }

    /**
     * The capabilities of a composition: those that all of its possible strategies have, and those that the tiers add.
     */
    Capabilities capabilities() {
        Set<Class<?>> interfaces = new HashSet<>(OF_STRATEGIES);
        plan().forEach(tier -> interfaces.retainAll(capabilities(tier.strategy)));
        AllocatorProvider shortLived = shortLived();
        if (shortLived != null) {
            interfaces.retainAll(capabilities(shortLived));
        }
        interfaces.addAll(Set.of(Retention.class, Evacuable.class, Confinable.class, Limit.class));
        return new Capabilities(interfaces, Capabilities.ANY, Capabilities.ANY, LargeBlockPolicy.UPSTREAM);
    }

    private Set<Class<?>> capabilities(AllocatorProvider strategy) {
        return strategy.capabilities(config).interfaces();
    }

    /** Reports a strategy that was not the first choice. */
    void noteReplaced(EventLog events) {
        AdaptiveSettings.TIERS.forEach(tier -> {
            if (settings.get(AdaptiveSettings.THREAD_CACHES)) {
                noteReplaced(
                        events,
                        tier.name(),
                        settings.get(tier.strategies()).getFirst(),
                        choices(tier).getFirst().name());
            }
        });
        if (shortLived() == null && !settings.get(AdaptiveSettings.SHORT_LIVED).contains(Adaptive.TIER)) {
            noteReplaced(
                    events,
                    "short-lived blocks",
                    settings.get(AdaptiveSettings.SHORT_LIVED).getFirst(),
                    Adaptive.TIER);
        }
    }

    private static void noteReplaced(EventLog events, String tier, String wanted, String used) {
        if (!used.equals(wanted)) {
            events.decided(new AllocatorEvent.StrategyReplaced(events.now(), tier, wanted, used));
            LOG.info("{}: '{}' is not installed, '{}' serves instead", tier, wanted, used);
        }
    }

    private Optional<AllocatorProvider> find(String name) {
        return name.equals(Adaptive.DIRECT)
                ? Optional.of(DirectProvider.INSTANCE)
                : Optional.ofNullable(installed.get(name));
    }
}
