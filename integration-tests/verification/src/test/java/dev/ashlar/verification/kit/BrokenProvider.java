package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.slab.SlabProvider;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.testkit.ProviderContract;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A provider with a wrong answer, which otherwise is that of {@code slab}. */
abstract class BrokenProvider implements AllocatorProvider {

    static final SlabProvider HONEST = new SlabProvider();

    /** A fault, and the test that must find it. */
    record Fault(String name, AllocatorProvider broken, String caughtBy) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Fault> faults() {
        return Stream.of(
                new Fault(
                        "tells what it can do when nothing is configured",
                        new BrokenProvider() {
                            @Override
                            public Capabilities capabilities(AllocatorConfig config) {
                                return HONEST.capabilities();
                            }
                        },
                        "capabilities_mustTellWhatTheStrategyServesItself"),
                new Fault(
                        "declares what its allocators have not",
                        new BrokenProvider() {
                            @Override
                            public Capabilities capabilities(AllocatorConfig config) {
                                Capabilities honest = HONEST.capabilities(config);
                                return new Capabilities(
                                        Set.of(Resettable.class),
                                        honest.maxByteSize(),
                                        honest.maxByteAlignment(),
                                        honest.largeBlocks());
                            }
                        },
                        "capabilities_mustBeThoseOfTheAllocator"),
                new Fault(
                        "validates nothing",
                        new BrokenProvider() {
                            @Override
                            public void validate(AllocatorConfig config) {
                                // accepts everything
                            }
                        },
                        "validate_mustRefuseWhatCannotBeMade"),
                new Fault(
                        "tries an allocator out",
                        new BrokenProvider() {
                            @Override
                            public void validate(AllocatorConfig config) {
                                try (Allocator trial = HONEST.create(config)) {
                                    trial.allocate(1);
                                }
                            }
                        },
                        "validate_mustAcceptWhatCanBeMadeAndTakeNoMemory"));
    }

    @Override
    public String name() {
        return HONEST.name();
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        return HONEST.capabilities(config);
    }

    @Override
    public void validate(AllocatorConfig config) {
        HONEST.validate(config);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        return HONEST.create(config);
    }

    /** The contract on a provider with a fault. Not run by itself, but by {@link KitCanFailTest}. */
    static final class Specimen extends ProviderContract {

        /** Static, because JUnit makes a new specimen for each test. */
        static AllocatorProvider provider = HONEST;

        @Override
        protected AllocatorProvider provider() {
            return provider;
        }

        @Override
        protected List<Map<String, String>> accepted() {
            return List.of(Map.of("ashlar.slab.sizes", "64,600,1000"), Map.of("ashlar.slab.largeBlocks", "refuse"));
        }

        @Override
        protected List<Map<String, String>> refused() {
            return List.of(Map.of("ashlar.slab.threadBytes", "-1"));
        }
    }
}
