package dev.ashlar.nativememory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What properties make of the pages of the source, as the kernel sees them. */
@EnabledOnOs(OS.LINUX)
class PageOptionsTest {

    private static final long MIB = 1 << 20;

    private static AllocatorConfig config(String... keysAndValues) {
        Map<String, String> properties = new HashMap<>();
        properties.put("ashlar.source", "mmap");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            properties.put("ashlar.native." + keysAndValues[i], keysAndValues[i + 1]);
        }
        return AllocatorConfig.from(properties);
    }

    private static MemorySource source(String... keysAndValues) {
        AllocatorConfig config = config(keysAndValues);
        return config.source().with(config);
    }

    private static MemorySource.Chunk take(MemorySource source, long byteSize) {
        MemorySource.Chunk chunk = source.take(byteSize, 4096);
        assertThat(chunk).isNotNull();
        return chunk;
    }

    private static long read(String file, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    @Test
    void mustBackPagesWhenTheyAreTouched() {
        long before = NativeMemory.usage().residentBytes();
        try (MemorySource.Chunk chunk = take(source(), 64 * MIB)) {
            assertThat(NativeMemory.usage().residentBytes() - before).isLessThan(32 * MIB);
            chunk.memory().fill((byte) 1);
            NativeMemory.Usage usage = NativeMemory.usage();
            assertThat(usage.residentBytes() - before).isBetween(48 * MIB, 64 * MIB);
            assertThat(usage.transparentHugeBytes())
                    .as("huge pages that nobody asked for")
                    .isZero();
            assertThat(usage.reservedBytes()).isGreaterThanOrEqualTo(1 << 30);
        }
    }

    @Test
    void mustBackPagesAtOnceWhenTheyArePretouched() {
        long before = NativeMemory.usage().residentBytes();
        try (MemorySource.Chunk _ = take(source("pretouch", "true"), 64 * MIB)) {
            assertThat(NativeMemory.usage().residentBytes() - before).isGreaterThanOrEqualTo(64 * MIB);
        }
    }

    @Test
    void mustUseTransparentHugePages() throws IOException {
        assumeThat(Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/enabled")))
                .containsAnyOf("[madvise]", "[always]");
        try (MemorySource.Chunk chunk = take(source("hugePages", "transparent"), 64 * MIB)) {
            chunk.memory().fill((byte) 1);
            assertThat(NativeMemory.usage().transparentHugeBytes()).isGreaterThanOrEqualTo(32 * MIB);
        }
    }

    /** Also where the pool has none: then other pages are used. */
    @Test
    void mustUseHugePagesOfThePoolAsFarAsThereAreSome() throws IOException {
        MemorySource source = source("hugePages", "explicit");
        long size = 1024 * read("/proc/meminfo", "Hugepagesize: +(\\d+) kB");
        assumeThat(size).as("this kernel has huge pages").isPositive();
        long free = size * read("/proc/meminfo", "HugePages_Free: +(\\d+)");
        try (MemorySource.Chunk chunk = take(source, 3 * size + 1)) {
            assertThat(chunk.takenBytes()).isEqualTo(4 * size).isEqualTo(source.takenBytes(3 * size + 1, 4096));
            assertThat(chunk.memory().address() % size).isZero();
            chunk.memory().fill((byte) 1);
            if (free >= 16 * MIB) {
                assertThat(NativeMemory.usage().explicitHugeBytes()).isGreaterThanOrEqualTo(4 * size);
            } else {
                assertThat(chunk.memory().get(ValueLayout.JAVA_BYTE, 3 * size)).isEqualTo((byte) 1);
            }
        }
        try (MemorySource.Session session = source.open()) {
            session.trim();
        }
        assertThat(NativeMemory.usage().explicitHugeBytes()).as("after a trim").isZero();
    }

    @Test
    void mustLockChunksOrRefuseThem() throws IOException {
        long before = NativeMemory.usage().lockedBytes();
        MemorySource source = source("lock", "true");
        try (MemorySource.Chunk chunk = take(source, MIB)) {
            assertThat(NativeMemory.usage().lockedBytes() - before).isGreaterThanOrEqualTo(MIB);
            assertThat(chunk.memory().byteSize()).isEqualTo(MIB);
        }
        try (MemorySource.Session session = source.open()) {
            session.trim();
        }
        assertThat(NativeMemory.usage().lockedBytes()).as("after a trim").isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({"local", "interleave", "0"})
    void mustWorkOnAMachineWithOneNode(String numa) {
        try (MemorySource.Chunk chunk = take(source("numa", numa), MIB)) {
            chunk.memory().fill((byte) 1);
            assertThat(NativeMemory.usage().bytesByNode().values()).allMatch(bytes -> bytes > 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "numa, 63, 'This machine has ['",
        "numa, near, 'must be none, local, interleave, or the number of a node'",
        "hugePages, some, 'never, transparent, explicit'",
        "hugepages, never, 'Did you mean ''hugePages'''",
        "pretouch, 1, 'true'"
    })
    void mustRefuseWhatIsNotKnownHere(String key, String value, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> source(key, value))
                .withMessageContaining(key)
                .withMessageContaining(message);
    }

    @Test
    void mustServeAnAllocatorThatIsConfiguredByProperties() {
        AllocatorConfig config = config("hugePages", "transparent", "pretouch", "true");
        try (Allocator allocator = AllocatorProviders.require("slab").create(config)) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);
            assertThat(NativeMemory.usage().residentBytes()).isPositive();
        }
    }
}
