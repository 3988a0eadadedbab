package dev.ashlar.nativememory.internal;

import dev.ashlar.spi.ProviderException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A C library that allocates memory: the files that it usually is, and how its functions are called.
 *
 * <p>A library is loaded beside the C library of the process. It replaces nothing there, so only its callers get its
 * memory. It stays loaded until the process ends, because blocks may be live and threads have caches in it.
 *
 * @param providerName the name of the provider
 * @param files the usual file names; empty for the C library of the process, which is always loaded
 * @param prefixes what its names may begin with, the first choice first
 * @param mark a function that only this library has, without the prefix
 * @param settings variables of the environment that the library needs when it is loaded; what is set already stays
 * @param packages what to install, for messages
 * @param reader makes the reader of what the library says of itself
 */
record CLibrary(
        String providerName,
        List<String> files,
        List<String> prefixes,
        String mark,
        Map<String, String> settings,
        String packages,
        Function<CFunctions, LibraryFigures> reader) {

    static final CLibrary MALLOC =
            new CLibrary("malloc", List.of(), List.of(""), "malloc", Map.of(), "", LibraryFigures::ofProcess);

    /** Where its malloc does not replace that of the system, as on macOS, its names have a prefix. */
    static final CLibrary JEMALLOC = new CLibrary(
            "jemalloc",
            List.of("libjemalloc.so.2", "libjemalloc.2.dylib"),
            List.of("je_", ""),
            "mallctl",
            Map.of(),
            "libjemalloc2 on Debian and Ubuntu, jemalloc on Fedora and Homebrew",
            LibraryFigures.Jemalloc::new);

    static final CLibrary MIMALLOC = new CLibrary(
            "mimalloc",
            List.of("libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.3.dylib", "libmimalloc.2.dylib"),
            List.of("mi_"),
            "process_info",
            Map.of(),
            "libmimalloc2.0 or libmimalloc3 on Debian and Ubuntu, mimalloc on Fedora and Homebrew",
            LibraryFigures.Mimalloc::new);

    /**
     * It would take memory by {@code sbrk}, as the C library of the process does. Each of them may move the break while
     * the other one does, and glibc may give back what tcmalloc has taken.
     */
    static final CLibrary TCMALLOC = new CLibrary(
            "tcmalloc",
            List.of("libtcmalloc_minimal.so.4", "libtcmalloc_minimal.4.dylib"),
            List.of("tc_"),
            "malloc_size",
            Map.of("TCMALLOC_SKIP_SBRK", "1"),
            "libtcmalloc-minimal4 on Debian and Ubuntu, gperftools-libs on Fedora, gperftools on Homebrew",
            LibraryFigures.Tcmalloc::new);

    /** What glibc says if a library that was not there at the start wants more thread-local memory than is left. */
    private static final String NO_STATIC_TLS = "static TLS";

    /**
     * Loads the library, if it is not loaded.
     *
     * @param file the library's path or file name, or an empty text for the usual file names
     * @throws ProviderException if it cannot be loaded, or is another library. The message says why and what to do
     */
    CFunctions open(String file) {
        String objection = Kernel.objection();
        if (objection != null) {
            throw new ProviderException("The strategy '" + providerName + "' " + objection, null);
        }
        if (files.isEmpty()) {
            return new CFunctions("", Linker.nativeLinker().defaultLookup());
        }
        List<String> candidates = file.isEmpty() ? filesOfThisSystem() : List.of(file);
        settings.forEach(DynamicLoader::setIfUnset);
        List<String> reasons = new ArrayList<>();
        for (String candidate : candidates) {
            SymbolLookup symbols = load(candidate);
            if (symbols != null) {
                return functions(candidate, symbols);
            }
            reasons.add(DynamicLoader.reason(candidate));
        }
        throw new ProviderException(
                "The strategy '" + providerName + "' cannot load its C library: " + String.join("; ", reasons) + ". "
                        + (reasons.stream().anyMatch(reason -> reason.contains(NO_STATIC_TLS))
                                ? "Start Java with GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 in the"
                                        + " environment, or load the library at the start with LD_PRELOAD"
                                : "Install " + packages + ", or set ashlar." + providerName
                                        + ".library to the path of the library")
                        + ".",
                null);
    }

    private List<String> filesOfThisSystem() {
        return files.stream()
                .filter(name -> Kernel.isLinux() != name.endsWith(".dylib"))
                .toList();
    }

    @SuppressWarnings("restricted")
    private static @Nullable SymbolLookup load(String file) {
        try {
            // SAFETY: a library of this name is this allocator. Its code that runs now sets up its own state.
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            return null; // it has no reason
        }
    }

    /** The functions by the prefix that this build of the library has. */
    private CFunctions functions(String file, SymbolLookup symbols) {
        Optional<String> prefix = prefixes.stream()
                .filter(tried -> symbols.find(tried + mark).isPresent())
                .findFirst();
        return new CFunctions(
                prefix.orElseThrow(() -> new ProviderException(
                        "The strategy '" + providerName + "' cannot use the library " + file
                                + ": it has no function '" + prefixes.getLast() + mark + "'. Set ashlar." + providerName
                                + ".library to the path of a library of " + providerName + ".",
                        null)),
                symbols);
    }
}
