package dev.ashlar.spi;

import java.net.URL;
import java.security.CodeSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds which version of a class is loaded, and from where. */
final class Versions {

    static final String UNKNOWN = "unknown";

    private Versions() {}

    /** The version in the jar's manifest or of the module, or {@link #UNKNOWN}. */
    static String of(Class<?> type) {
        String version = type.getPackage().getImplementationVersion();
        if (version != null) {
            return version;
        }
        var descriptor = type.getModule().getDescriptor();
        return descriptor == null ? UNKNOWN : descriptor.rawVersion().orElse(UNKNOWN);
    }

    /** Why a provider that was compiled against a version of its interface cannot be used; empty if it can. */
    static Optional<String> objection(int compiledAgainst, int installed) {
        return compiledAgainst == installed
                ? Optional.empty()
                : Optional.of("was compiled against version " + compiledAgainst
                        + " of the provider interface, and this is version " + installed + " (ashlar-spi "
                        + of(Versions.class) + " from " + locationOf(Versions.class)
                        + "): import dev.ashlar:ashlar-bom, so that all modules have one version");
    }

    /** The jar or directory that a class comes from; classes made at run time have none. */
    static String locationOf(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        @Nullable URL location = source == null ? null : source.getLocation();
        return location == null ? "an unknown place" : location.toString();
    }
}
