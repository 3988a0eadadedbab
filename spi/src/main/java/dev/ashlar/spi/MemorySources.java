package dev.ashlar.spi;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Finds memory sources: {@code jdk}, which is always available, and those on the class path or module path that declare
 * a {@link MemorySource}.
 *
 * <p>It uses the same class loaders as {@link AllocatorProviders}. Each call searches again. A source cannot be used if
 * it cannot be loaded, or if a source of another class has the same name. This is logged once, as a warning.
 */
public final class MemorySources {

    /**
     * The name for the best of {@code mmap} and {@code jdk} that can be used here: {@code mmap}, of {@code
     * ashlar-native}, where it is installed and native access is enabled for it.
     */
    public static final String AUTO = "auto";

    private static final String MMAP = "mmap";

    /**
     * What the keys of that source begin with, as in {@code ashlar.native.hugePages}. The source checks them. Where it
     * cannot be used they have no effect, as those of a strategy that is not used.
     */
    static final String NATIVE = "native";

    /** The system property that names the source that {@link #standard()} returns. */
    public static final String PROPERTY = "ashlar.source";

    private static final ServiceKind<MemorySource> KIND = new ServiceKind<>(
            MemorySource.class,
            "memory source",
            MemorySource::name,
            MemorySources::objection,
            name -> "Add the dependency that has it, or use 'jdk'.",
            "Read more: 'Memory sources' in Ashlar's spi/README.md.",
            List.of(new JdkMemorySource()));

    private MemorySources() {}

    /** The sources that can be used, by name, in order of their names. */
    public static SortedMap<String, MemorySource> installed() {
        return Discovery.run(KIND).usable();
    }

    /**
     * The source of a name if it can be used.
     *
     * @param name such as {@code "jdk"}
     */
    public static Optional<MemorySource> find(String name) {
        return Discovery.run(KIND).find(name);
    }

    /**
     * The source of a name.
     *
     * @param name such as {@code "jdk"}, or {@value #AUTO}
     * @throws ProviderException if it is missing or cannot be used
     */
    public static MemorySource require(String name) {
        Discovery<MemorySource> discovery = Discovery.run(KIND);
        return name.equals(AUTO) ? best(discovery) : discovery.require(name);
    }

    /**
     * The source for a configuration that names none: the one that the system property {@value #PROPERTY} names,
     * otherwise {@value #AUTO}.
     *
     * @throws ProviderException if the system property names one that cannot be used
     */
    public static MemorySource standard() {
        return standard(Discovery.run(KIND));
    }

    /** For tests: what is found with given class loaders only. */
    static Discovery<MemorySource> discover(ClassLoader... loaders) {
        return Discovery.run(KIND, loaders);
    }

    /** For tests: the choice among given sources. */
    static MemorySource standard(Discovery<MemorySource> discovery) {
        String forced = System.getProperty(PROPERTY, AUTO);
        return forced.equals(AUTO) ? best(discovery) : discovery.requireForced(PROPERTY, forced);
    }

    private static MemorySource best(Discovery<MemorySource> discovery) {
        return discovery.find(MMAP).orElseGet(() -> discovery.require(JdkMemorySource.NAME));
    }

    /** No jar may replace the default by using its name. */
    private static Optional<String> objection(MemorySource source) {
        return source.name().equals(JdkMemorySource.NAME) && !(source instanceof JdkMemorySource)
                ? Optional.of("has the name 'jdk', which is the JDK's own source; give it another")
                : Optional.empty();
    }
}
