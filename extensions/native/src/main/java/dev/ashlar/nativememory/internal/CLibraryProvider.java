package dev.ashlar.nativememory.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.ProviderException;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.util.List;
import java.util.Set;

/**
 * A strategy that is the allocator of a C library: {@code malloc}, {@code jemalloc}, {@code mimalloc} or {@code
 * tcmalloc}. See {@link CAllocator} for what such an allocator does not check and count.
 *
 * <p>The library is loaded when an allocator is made or a configuration is validated. A provider whose library is
 * missing is found nevertheless, and its {@link #validate} says what to install.
 */
public abstract class CLibraryProvider implements AllocatorProvider {

    /** The path or file name of the library; if it is empty, the library is looked for by its usual file names. */
    private static final StrategySetting<String> LIBRARY = StrategySetting.of("library", "");

    private final CLibrary library;
    private final StrategySetting<Downcalls> downcalls;
    private final List<StrategySetting<?>> settings;

    /**
     * A provider.
     *
     * @param byDefault how its functions are called
     */
    private CLibraryProvider(CLibrary library, Downcalls byDefault) {
        this.library = library;
        this.downcalls = StrategySetting.of("downcalls", byDefault);
        this.settings = library == CLibrary.MALLOC ? List.of(downcalls) : List.of(downcalls, LIBRARY);
    }

    /** The C library of the process. Its calls are plain, because this is what a program without Ashlar would do. */
    public static final class Malloc extends CLibraryProvider {
        /** For {@link java.util.ServiceLoader}. */
        public Malloc() {
            super(CLibrary.MALLOC, Downcalls.PLAIN);
        }
    }

    /** jemalloc. */
    public static final class Jemalloc extends CLibraryProvider {
        /** For {@link java.util.ServiceLoader}. */
        public Jemalloc() {
            super(CLibrary.JEMALLOC, Downcalls.CRITICAL);
        }
    }

    /** mimalloc. */
    public static final class Mimalloc extends CLibraryProvider {
        /** For {@link java.util.ServiceLoader}. */
        public Mimalloc() {
            super(CLibrary.MIMALLOC, Downcalls.CRITICAL);
        }
    }

    /** tcmalloc of gperftools. */
    public static final class Tcmalloc extends CLibraryProvider {
        /** For {@link java.util.ServiceLoader}. */
        public Tcmalloc() {
            super(CLibrary.TCMALLOC, Downcalls.CRITICAL);
        }
    }

    @Override
    public final String name() {
        return library.providerName();
    }

    /** {@inheritDoc} Reads the settings, and does not load the library. */
    @Override
    public final Capabilities capabilities(AllocatorConfig config) {
        StrategySettings _ = settings(config);
        return new Capabilities(
                Set.of(AddressAllocator.class), Capabilities.ANY, Capabilities.ANY, LargeBlockPolicy.REFUSE);
    }

    /**
     * {@inheritDoc} Loads the library.
     *
     * @throws ProviderException if the library cannot be used here, with what to do
     */
    @Override
    public final void validate(AllocatorConfig config) {
        CAllocatorClass _ = allocatorClass(config);
    }

    @Override
    public final int apiVersion() {
        return API_VERSION;
    }

    /**
     * {@inheritDoc}
     *
     * @throws ProviderException if the library cannot be used here, with what to do
     */
    @Override
    public final Allocator createBare(AllocatorConfig config) {
        return allocatorClass(config).newAllocator(config.nameOr(name()));
    }

    private CAllocatorClass allocatorClass(AllocatorConfig config) {
        StrategySettings values = settings(config);
        return CAllocatorClass.of(library, values.get(LIBRARY), values.get(downcalls));
    }

    /** The settings of a configuration that asks for nothing that the library cannot do. */
    private StrategySettings settings(AllocatorConfig config) {
        refuse("limit", config.limitBytes() != AllocationException.NO_LIMIT);
        refuse("budget", config.budget().isPresent());
        refuse("reserve", config.reserveBytes() != 0);
        refuse("preallocate", config.preallocateBytes() != 0);
        return config.settings(name(), settings);
    }

    private void refuse(String value, boolean isSet) {
        if (isSet) {
            throw new IllegalArgumentException(value + " is set, and must not be for the strategy '" + name()
                    + "', because its memory belongs to a library of the whole process. Limit its blocks by"
                    + " Allocators.limited(allocator, limit).");
        }
    }
}
