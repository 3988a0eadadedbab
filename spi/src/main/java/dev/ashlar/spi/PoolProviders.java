package dev.ashlar.spi;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Finds the kinds of object pools that are installed: those on the class path or module path that declare a
 * {@link PoolProvider}.
 *
 * {@snippet class="dev.ashlar.verification.shown.PoolCodeTest" region="standard-pool"}
 *
 * <p>It uses the same class loaders as {@link AllocatorProviders}. Each call searches again and reads files, so keep
 * the provider or the pool.
 *
 * <p>A provider that cannot be loaded, that was compiled against another {@linkplain PoolProvider#API_VERSION version},
 * or whose name a provider of another class has too, cannot be used. The others can. Each problem is logged once, as a
 * warning, and is in the error of {@link #require} too.
 */
public final class PoolProviders {

    /** The system property that names the provider that {@link #standard()} returns. */
    public static final String PROPERTY = "ashlar.pool";

    /** The provider of Ashlar, which suits any program. */
    private static final String LOCKFREE = "lockfree";

    private static final ServiceKind<PoolProvider> KIND = new ServiceKind<>(
            PoolProvider.class,
            "pool provider",
            PoolProvider::name,
            PoolProviders::objection,
            PoolProviders::whatToAdd,
            "Read more: 'Object pools' in Ashlar's lockfree/README.md.",
            List.of());

    private PoolProviders() {}

    /** The providers that can be used, by name, in order of their names. */
    public static SortedMap<String, PoolProvider> installed() {
        return Discovery.run(KIND).usable();
    }

    /**
     * The provider of a name if it can be used.
     *
     * @param name such as {@code "lockfree"}
     */
    public static Optional<PoolProvider> find(String name) {
        return Discovery.run(KIND).find(name);
    }

    /**
     * The provider of a name.
     *
     * @param name such as {@code "lockfree"}
     * @throws ProviderException if it is missing or cannot be used; the message says what was found, where, and what to
     *     add
     */
    public static PoolProvider require(String name) {
        return Discovery.run(KIND).require(name);
    }

    /**
     * The provider for a program that does not choose: the one that the system property {@value #PROPERTY} names,
     * otherwise {@code lockfree} if it is installed, otherwise the first by name.
     *
     * @throws ProviderException if the system property names one that cannot be used, or none is installed
     */
    public static PoolProvider standard() {
        return standard(Discovery.run(KIND));
    }

    /** For tests: what is found with given class loaders only. */
    static Discovery<PoolProvider> discover(ClassLoader... loaders) {
        return Discovery.run(KIND, loaders);
    }

    /** For tests: the choice among given providers. */
    static PoolProvider standard(Discovery<PoolProvider> discovery) {
        String forced = System.getProperty(PROPERTY);
        if (forced != null) {
            return discovery.requireForced(PROPERTY, forced);
        }
        return discovery
                .find(LOCKFREE)
                .or(() -> discovery.usable().values().stream().findFirst())
                .orElseThrow(() -> discovery.missing("No pool provider can be used.", LOCKFREE));
    }

    private static Optional<String> objection(PoolProvider provider) {
        return Versions.objection(provider.apiVersion(), PoolProvider.API_VERSION);
    }

    private static String whatToAdd(String name) {
        return (name.equals(LOCKFREE)
                        ? "Add the dependency dev.ashlar:ashlar-lockfree"
                        : "Add the dependency that has it (Ashlar's own is dev.ashlar:ashlar-lockfree)")
                + " and import dev.ashlar:ashlar-bom for its version. If it is there, see that merging jars kept"
                + " META-INF/services/" + PoolProvider.class.getName() + ".";
    }
}
