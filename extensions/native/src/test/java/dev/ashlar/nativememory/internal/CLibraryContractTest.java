package dev.ashlar.nativememory.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorContract;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Beyond;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.Memory;
import dev.ashlar.testkit.ContractLimits.RacingFrees;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The contract of allocators and of providers, as far as C libraries can keep it, on each that is installed. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class CLibraryContractTest {

    /** If this environment variable is {@code true}, a library that is not installed is a failure. */
    private static final String REQUIRED = "ASHLAR_C_LIBRARIES_REQUIRED";

    @Test
    void mustTestEveryLibraryOrSayWhichIsLeftOut() {
        Map<String, String> leftOut = new TreeMap<>();
        for (String name : List.of("malloc", "jemalloc", "mimalloc", "tcmalloc")) {
            InstalledLibraries.objection(name).ifPresent(objection -> leftOut.put(name, objection));
        }
        if (!leftOut.isEmpty()) {
            System.out.println("Left out of the tests, because their C libraries are not installed: "
                    + String.join(", ", leftOut.keySet()));
        }
        if (Boolean.parseBoolean(System.getenv(REQUIRED))) {
            assertThat(leftOut).isEmpty();
        }
    }

    abstract static class OfLibrary extends AllocatorContract {

        private final AllocatorProvider provider;
        private final Map<String, String> settings;

        OfLibrary(String name, String downcalls) {
            provider = AllocatorProviders.require(name);
            settings = Map.of("ashlar." + name + ".downcalls", downcalls);
        }

        @Override
        protected Allocator create(AllocatorConfig config) {
            return provider.create(config.toBuilder().properties(settings).build());
        }

        @Override
        protected ContractLimits limits() {
            return ContractLimits.builder()
                    .memory(Memory.OF_THE_PROCESS)
                    .largestBlock(1 << 20)
                    .largestAlignment(1 << 20)
                    .beyond(Beyond.SERVED)
                    .capabilities(AddressAllocator.class)
                    .seenInvalidFrees()
                    .racingFrees(RacingFrees.BOTH_MAY_BE_SERVED)
                    .closing(Closing.LEAVES_MEMORY)
                    .build();
        }
    }

    @Nested
    class Malloc extends OfLibrary {
        Malloc() {
            super("malloc", "plain");
        }
    }

    @Nested
    class CriticalMalloc extends OfLibrary {
        CriticalMalloc() {
            super("malloc", "critical");
        }
    }

    @Nested
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasJemalloc")
    class Jemalloc extends OfLibrary {
        Jemalloc() {
            super("jemalloc", "critical");
        }
    }

    @Nested
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasMimalloc")
    class Mimalloc extends OfLibrary {
        Mimalloc() {
            super("mimalloc", "critical");
        }
    }

    @Nested
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasTcmalloc")
    class Tcmalloc extends OfLibrary {
        Tcmalloc() {
            super("tcmalloc", "critical");
        }
    }

    abstract static class Provider extends ProviderContract {

        private final String name;

        Provider(String name) {
            this.name = name;
        }

        @Override
        protected AllocatorProvider provider() {
            return AllocatorProviders.require(name);
        }

        @Override
        protected List<Map<String, String>> accepted() {
            return List.of(
                    Map.of(),
                    Map.of("ashlar." + name + ".downcalls", "plain"),
                    Map.of("ashlar." + name + ".downcalls", "critical"));
        }

        @Override
        protected List<Map<String, String>> refused() {
            return List.of(
                    Map.of("ashlar." + name + ".downcalls", "fast"),
                    Map.of("ashlar." + name + ".sizes", "64"),
                    Map.of("ashlar.limit", "1MiB"));
        }
    }

    @Nested
    class MallocProvider extends Provider {
        MallocProvider() {
            super("malloc");
        }
    }

    @Nested
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasJemalloc")
    class JemallocProvider extends Provider {
        JemallocProvider() {
            super("jemalloc");
        }
    }

    @Nested
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasMimalloc")
    class MimallocProvider extends Provider {
        MimallocProvider() {
            super("mimalloc");
        }
    }

    @Nested
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasTcmalloc")
    class TcmallocProvider extends Provider {
        TcmallocProvider() {
            super("tcmalloc");
        }
    }
}
