package dev.ashlar.nativememory.internal;

import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.ProviderException;
import java.util.Optional;

/** Which C libraries this machine has, for the conditions of tests. */
public final class InstalledLibraries {

    private InstalledLibraries() {}

    /** Whether jemalloc can be used here. */
    public static boolean hasJemalloc() {
        return objection("jemalloc").isEmpty();
    }

    /** Whether mimalloc can be used here. */
    public static boolean hasMimalloc() {
        return objection("mimalloc").isEmpty();
    }

    /** Whether tcmalloc can be used here. */
    public static boolean hasTcmalloc() {
        return objection("tcmalloc").isEmpty();
    }

    /** Why the library of a provider cannot be used, or empty if it can be. */
    static Optional<String> objection(String name) {
        AllocatorProvider provider = AllocatorProviders.require(name);
        try {
            provider.validate(AllocatorConfig.defaults());
            return Optional.empty();
        } catch (ProviderException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
