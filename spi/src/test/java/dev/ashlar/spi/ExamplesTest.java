package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of the Javadoc and of README.md, letter for letter. */
class ExamplesTest {

    private ClassLoader ofThread;

    public record SlabConfig(int classesPerDoubling, long largestBlock) {

        static final SlabConfig DEFAULTS = new SlabConfig(8, 1 << 20);
    }

    /** Stands for the real one, which comes with a module that this one does not know. */
    public static final class SlabProvider implements AllocatorProvider {

        @Override
        public String name() {
            return "slab";
        }

        @Override
        public Capabilities capabilities(AllocatorConfig config) {
            return new Capabilities(Set.of(), 65536, 4096, LargeBlockPolicy.REFUSE);
        }

        @Override
        public int apiVersion() {
            return API_VERSION;
        }

        @Override
        public Allocator create(AllocatorConfig config) {
            return new OneArena(Arena.ofShared());
        }
    }

    private record OneArena(Arena arena) implements Allocator {

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            return arena.allocate(byteSize, byteAlignment);
        }

        @Override
        public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            return allocate(byteSize, byteAlignment);
        }

        @Override
        public void free(MemorySegment block) {}

        @Override
        public AllocatorStats stats() {
            return AllocatorStats.ZERO;
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    @BeforeEach
    void installSlab(@TempDir Path temp) {
        ofThread = Thread.currentThread().getContextClassLoader();
        Plugin plugin = new Plugin(temp);
        plugin.declare(AllocatorProvider.class, SlabProvider.class.getName());
        Thread.currentThread().setContextClassLoader(Plugin.loaderOf(plugin));
    }

    @AfterEach
    void restoreLoader() {
        Thread.currentThread().setContextClassLoader(ofThread);
    }

    @Test
    void anAllocatorIsMadeByName() {
        AllocatorConfig config = AllocatorConfig.builder()
                .limitBytes(256 << 20)
                .capacityBytes(4 << 20)
                .build();
        try (Allocator allocator = AllocatorProviders.require("slab").create(config)) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);

            assertThat(block.byteSize()).isEqualTo(64);
        }
    }

    @Test
    void aStrategyReadsItsSettings() {
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar.slab.largestBlock", "4MiB"));

        SlabConfig slab = config.settings("slab", SlabConfig.DEFAULTS);

        assertThat(slab).isEqualTo(new SlabConfig(8, 4 << 20));
    }

    @Test
    void capabilitiesAreListedByTheirSimpleNames() {
        assertThat(new Capabilities(Set.of(Runnable.class, Comparable.class), 1, 1, LargeBlockPolicy.REFUSE)
                        .interfaceNames())
                .containsExactly("Comparable", "Runnable");
    }
}
