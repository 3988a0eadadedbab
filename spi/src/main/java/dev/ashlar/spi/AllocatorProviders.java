package dev.ashlar.spi;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;

/**
 * Finds the strategies that are installed: those on the class path or module path that declare an
 * {@link AllocatorProvider}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="provider"}
 *
 * <p>It uses three class loaders: the context class loader of the thread, that of the nearest caller outside Ashlar,
 * and that of this module. So a caller finds the strategies of its own application and of its own module layer. Each
 * call searches again and reads files, so keep the provider or the allocator, not the name.
 *
 * <p>A provider that cannot be loaded, that was compiled against another {@linkplain AllocatorProvider#API_VERSION
 * version}, or whose name a provider of another class has too, cannot be used. The others can. If several class loaders
 * have a copy of one provider, the copy of the first loader in the order above is used. Each problem is logged once, as
 * a warning, and is in the error of {@link #require} too.
 */
public final class AllocatorProviders {

    /** The system property that names the strategy that {@link #standard()} returns. */
    public static final String PROPERTY = "ashlar.provider";

    /** The strategies that suit any program, the best first. */
    private static final List<String> STANDARD_ORDER = List.of("adaptive", "slab", "tlsf", "buddy");

    /** Strategies that are only used if they are named, and why. */
    private static final Map<String, String> NAMED_ONLY = Map.of(
            "arena", "frees nothing before a reset",
            "malloc", "does not check frees",
            "jemalloc", "does not check frees",
            "mimalloc", "does not check frees",
            "tcmalloc", "does not check frees");

    /** The artifact of each strategy of Ashlar. */
    private static final Map<String, String> ARTIFACTS = Map.of(
            "slab", "ashlar-slab",
            "buddy", "ashlar-buddy",
            "tlsf", "ashlar-buddy",
            "arena", "ashlar-arena",
            "lockfree", "ashlar-lockfree",
            "adaptive", "ashlar-adaptive",
            "malloc", "ashlar-native",
            "jemalloc", "ashlar-native",
            "mimalloc", "ashlar-native",
            "tcmalloc", "ashlar-native");

    private static final ServiceKind<AllocatorProvider> KIND = new ServiceKind<>(
            AllocatorProvider.class,
            "strategy",
            AllocatorProvider::name,
            AllocatorProviders::objection,
            AllocatorProviders::whatToAdd,
            "Read more: 'Choosing a strategy' in Ashlar's README.md.",
            List.of());

    private AllocatorProviders() {}

    /** The strategies that can be used, by name, in order of their names. */
    public static SortedMap<String, AllocatorProvider> installed() {
        return Discovery.run(KIND).usable();
    }

    /**
     * The strategy of a name if it can be used.
     *
     * @param name such as {@code "slab"}
     */
    public static Optional<AllocatorProvider> find(String name) {
        return Discovery.run(KIND).find(name);
    }

    /**
     * The strategy of a name.
     *
     * @param name such as {@code "slab"}
     * @throws ProviderException if it is missing or cannot be used; the message says what was found, where, and what to
     *     add
     */
    public static AllocatorProvider require(String name) {
        return Discovery.run(KIND).require(name);
    }

    /**
     * The strategy for a program that does not choose: the one that the system property {@value #PROPERTY} names,
     * otherwise the first installed of {@code adaptive}, {@code slab}, {@code tlsf} and {@code buddy}, otherwise the
     * first by name. {@code arena}, which frees nothing before a reset, and the allocators of C libraries, which do not
     * check frees, are chosen only if the system property names them.
     *
     * @throws ProviderException if the system property names one that cannot be used, or only strategies are installed
     *     that must be named
     */
    public static AllocatorProvider standard() {
        return standard(Discovery.run(KIND));
    }

    /** For tests: what is found with given class loaders only. */
    static Discovery<AllocatorProvider> discover(ClassLoader... loaders) {
        return Discovery.run(KIND, loaders);
    }

    /** For tests: the choice among given providers. */
    static AllocatorProvider standard(Discovery<AllocatorProvider> discovery) {
        String forced = System.getProperty(PROPERTY);
        if (forced != null) {
            return discovery.requireForced(PROPERTY, forced);
        }
        return STANDARD_ORDER.stream()
                .flatMap(name -> discovery.find(name).stream())
                .findFirst()
                .or(() -> discovery.usable().values().stream()
                        .filter(provider -> !NAMED_ONLY.containsKey(provider.name()))
                        .findFirst())
                .orElseThrow(
                        () -> discovery.missing(noneByDefault(discovery.usable().keySet()), "slab"));
    }

    private static String noneByDefault(Set<String> namedOnly) {
        return namedOnly.isEmpty()
                ? "No strategy can be used."
                : "No strategy can be chosen by default: "
                        + namedOnly.stream()
                                .map(name -> name + ", which " + NAMED_ONLY.get(name) + ", must be requested by name")
                                .collect(Collectors.joining("; "))
                        + ".";
    }

    private static Optional<String> objection(AllocatorProvider provider) {
        return Versions.objection(provider.apiVersion(), AllocatorProvider.API_VERSION);
    }

    private static String whatToAdd(String name) {
        String artifact = ARTIFACTS.get(name);
        return (artifact == null
                        ? "Add the dependency that has it (Ashlar's own strategies are dev.ashlar:ashlar-slab, ashlar-buddy,"
                                + " ashlar-arena, ashlar-lockfree and ashlar-adaptive)"
                        : "Add the dependency dev.ashlar:" + artifact)
                + " and import dev.ashlar:ashlar-bom for its version. If it is there, see that merging jars kept"
                + " META-INF/services/" + AllocatorProvider.class.getName() + ".";
    }
}
