package dev.ashlar.replay;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.LargeBlockPolicy;
import java.util.Set;

/** Strategies for the tests: a correct one, and others that each break one promise. */
final class TestProviders {

    private TestProviders() {}

    /** The common part. */
    abstract static class TestProvider implements AllocatorProvider {

        private final String name;
        private final TestAllocator.Defect defect;

        TestProvider(String name, TestAllocator.Defect defect) {
            this.name = name;
            this.defect = defect;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Capabilities capabilities(AllocatorConfig config) {
            return new Capabilities(
                    Set.of(AddressAllocator.class), TestAllocator.MAX_SIZE, 4096, LargeBlockPolicy.REFUSE);
        }

        @Override
        public int apiVersion() {
            return API_VERSION;
        }

        @Override
        public String version() {
            return "1.2.3";
        }

        @Override
        public Allocator createBare(AllocatorConfig config) {
            return new TestAllocator(config.source(), defect);
        }
    }

    /** Keeps its promises. */
    public static final class Honest extends TestProvider {
        /** For the service loader. */
        public Honest() {
            super("test-honest", TestAllocator.Defect.NONE);
        }
    }

    /** Hands out a block twice. */
    public static final class Overlapping extends TestProvider {
        /** For the service loader. */
        public Overlapping() {
            super("test-overlapping", TestAllocator.Defect.OVERLAPS);
        }
    }

    /** Writes into a live block. */
    public static final class Scribbling extends TestProvider {
        /** For the service loader. */
        public Scribbling() {
            super("test-scribbling", TestAllocator.Defect.SCRIBBLES);
        }
    }

    /** Keeps a chunk when it is closed. */
    public static final class Leaking extends TestProvider {
        /** For the service loader. */
        public Leaking() {
            super("test-leaking", TestAllocator.Defect.LEAKS);
        }
    }

    /** Reports half of the bytes that it has taken from its source. */
    public static final class Understating extends TestProvider {
        /** For the service loader. */
        public Understating() {
            super("test-understating", TestAllocator.Defect.UNDERSTATES);
        }
    }

    /** Counts one requested byte too many. */
    public static final class Misstating extends TestProvider {
        /** For the service loader. */
        public Misstating() {
            super("test-misstating", TestAllocator.Defect.MISSTATES);
        }
    }

    /** Counts one block too many. */
    public static final class Miscounting extends TestProvider {
        /** For the service loader. */
        public Miscounting() {
            super("test-miscounting", TestAllocator.Defect.MISCOUNTS);
        }
    }
}
