package dev.ashlar.nativememory.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.ProviderException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract does not say: figures of the library, its loading, and its blocks beside those of others. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class CAllocatorTest {

    private static final long MIB = 1 << 20;

    private static Allocator create(String library) {
        assumeTrue(InstalledLibraries.objection(library).isEmpty(), library + " is not installed");
        return AllocatorProviders.require(library).create(AllocatorConfig.defaults());
    }

    private static Allocator create(String library, Map<String, String> properties) {
        return AllocatorProviders.require(library).create(AllocatorConfig.from(properties));
    }

    /** A block of this size is more than a library keeps, so free memory of other tests does not serve it. */
    @ParameterizedTest
    @ValueSource(strings = {"malloc", "jemalloc", "mimalloc", "tcmalloc"})
    void mustTellWhatTheLibraryHasCommittedAndReturnFreeMemory(String library) {
        try (Allocator allocator = create(library)) {
            allocator.trim();
            long before = allocator.stats().committedBytes();
            MemorySegment block = allocator.allocate(640 * MIB);
            long full = allocator.stats().committedBytes();
            assumeTrue(full > 0, "the C library of this system has no figures");
            assertThat(full - before).as("growth by 640 MiB").isGreaterThan(600 * MIB);
            allocator.free(block);
            allocator.trim();
            assertThat(full - allocator.stats().committedBytes())
                    .as("returned of 640 MiB")
                    .isGreaterThan(600 * MIB);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"malloc", "jemalloc", "mimalloc", "tcmalloc"})
    void mustAlignBlocksToAnyPowerOfTwo(String library) {
        try (Allocator allocator = create(library)) {
            for (long byteAlignment = 1; byteAlignment <= 16 * MIB; byteAlignment *= 2) {
                for (long byteSize : new long[] {0, 1, 100, byteAlignment, 3 * byteAlignment}) {
                    MemorySegment block = allocator.allocate(byteSize, byteAlignment);
                    assertThat(block.address() % byteAlignment)
                            .as("%d bytes aligned to %d", byteSize, byteAlignment)
                            .isZero();
                    allocator.free(block);
                }
            }
        }
    }

    /**
     * The break belongs to the process's malloc, which gives back what lies below it. tcmalloc moves it once while it
     * is loaded, before it reads its settings.
     */
    @ParameterizedTest
    @ValueSource(strings = {"jemalloc", "mimalloc", "tcmalloc"})
    @EnabledOnOs(OS.LINUX)
    void mustGrowWithoutMovingTheBreak(String library) throws IOException {
        int byteSize = 10_000;
        try (Allocator allocator = create(library)) {
            List<MemorySegment> blocks = IntStream.range(0, 2_000)
                    .mapToObj(i -> allocator.allocate(byteSize))
                    .toList();
            List<long[]> belowTheBreak = belowTheBreak();
            long below = blocks.stream()
                    .filter(block -> belowTheBreak.stream()
                            .anyMatch(range -> block.address() >= range[0] && block.address() < range[1]))
                    .count();
            assertThat(below * byteSize).as("bytes of blocks below the break").isLessThanOrEqualTo(MIB);
            allocator.freeAll(blocks);
        }
    }

    private static List<long[]> belowTheBreak() throws IOException {
        try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return mappings.filter(line -> line.endsWith("[heap]"))
                    .map(line -> line.split("[- ]", 3))
                    .map(range -> new long[] {Long.parseLong(range[0], 16), Long.parseLong(range[1], 16)})
                    .toList();
        }
    }

    @Test
    void mustFreeBlocksOfAnAllocatorThatIsClosed() {
        Allocator first = create("malloc");
        long address = first.as(AddressAllocator.class).orElseThrow().allocateAddress(100);
        first.close();
        try (Allocator second = create("malloc")) {
            second.as(AddressAllocator.class).orElseThrow().freeAddress(address, 100);
        }
    }

    @Test
    void mustCountAndLimitBlocksUnderALimit() {
        try (Allocator malloc = create("malloc");
                Allocator limited = Allocators.limited(malloc, Limit.of("cache", 1000))) {
            MemorySegment block = limited.allocate(600);
            assertThat(limited.stats().liveBlocks()).isEqualTo(1);
            assertThat(limited.stats().requestedBytes()).isEqualTo(600);
            assertThat(limited.tryAllocate(600, 1)).isNull();
            limited.free(block);
        }
    }

    @Test
    void mustSayWhatToInstallOrToSetIfThereIsNoLibrary() {
        assertThatExceptionOfType(ProviderException.class)
                .isThrownBy(() -> create("mimalloc", Map.of("ashlar.mimalloc.library", "/nowhere/libmimalloc.so")))
                .withMessageContaining("strategy 'mimalloc' cannot load its C library: ")
                .withMessageContaining("/nowhere/libmimalloc.so")
                .withMessageContaining("Install libmimalloc2.0")
                .withMessageContaining("set ashlar.mimalloc.library to the path");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void mustRefuseAnotherLibrary() {
        assertThatExceptionOfType(ProviderException.class)
                .isThrownBy(() -> create("jemalloc", Map.of("ashlar.jemalloc.library", "libc.so.6")))
                .withMessageContaining("cannot use the library libc.so.6: it has no function 'mallctl'")
                .withMessageContaining("Set ashlar.jemalloc.library");
    }

    @Test
    void mustFindAllProvidersWhateverIsInstalled() {
        assertThat(AllocatorProviders.installed()).containsKeys("malloc", "jemalloc", "mimalloc", "tcmalloc", "slab");
    }
}
