package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.cache.compress.AirCompression;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompressionTest {

    private static final int SIZE = 4096;

    @TempDir
    private Path folder;

    private final Allocator allocator = Slab.allocator();

    @AfterEach
    void everythingIsFreed() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    static Stream<Named<Compression>> codecs() {
        return Stream.of(Named.of("LZ4", AirCompression.lz4()), Named.of("Zstandard", AirCompression.zstd()));
    }

    private OffHeapCache.Builder<Integer> builder(Compression codec) {
        return OffHeapCache.<Integer>builder(allocator, 64 * SIZE).compression(codec, 0.2);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void mustReadWhatItCompressed(Compression codec) {
        try (OffHeapCache<Integer> cache = builder(codec).disk(folder, 1 << 22).build()) {
            for (int key = 0; key < 500; key++) {
                assertThat(cache.put(key, Values.of(key, key, Values.HEADER + key * 8)))
                        .isTrue();
            }
            for (int key = 0; key < 500; key++) {
                int expected = key;
                Integer version = cache.get(key, value -> {
                    assertThat(value.isReadOnly()).isTrue();
                    assertThat(value.byteSize()).isEqualTo(Values.HEADER + expected * 8);
                    return Values.versionOf(value, expected);
                });
                assertThat(version).isEqualTo(key);
            }
            CacheStats stats = cache.stats();
            assertThat(stats.compressionRatio()).isBetween(0.3, 0.8);
            assertThat(stats.disk().promotions()).isGreaterThan(50);
            assertThat(stats.heldBytes()).isEqualTo(allocator.stats().allocatedBytes());
            cache.checkInvariants();
        }
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void mustNotKeepACompressedFormThatSavesTooLittle(Compression codec) {
        byte[] noise = new byte[SIZE];
        new Random(1).nextBytes(noise);
        byte[] mixed = noise.clone();
        for (int i = 0; i < SIZE / 8; i++) {
            mixed[i] = 0; // saves an eighth
        }
        try (OffHeapCache<Integer> cache = builder(codec).build()) {
            cache.put(1, noise);
            cache.put(2, mixed);
            cache.put(3, new byte[0]);
            assertThat(cache.stats().compressionRatio()).isEqualTo(1);
            assertThat(cache.get(1)).isEqualTo(noise);
            assertThat(cache.get(2)).isEqualTo(mixed);
            assertThat(cache.get(3)).isEmpty();
            cache.put(4, new byte[SIZE]);
            assertThat(cache.stats().compressionRatio()).isBetween(0.6, 0.7);
            assertThat(cache.get(4)).isEqualTo(new byte[SIZE]);
        }
    }

    /** So small a share changes no factor, and a block of the same size class saves nothing. */
    @ParameterizedTest
    @MethodSource("codecs")
    void mustNotKeepACompressedFormThatIsNotSmaller(Compression codec) {
        byte[] noise = new byte[100];
        new Random(1).nextBytes(noise);
        try (OffHeapCache<Integer> cache =
                builder(codec).compression(codec, Double.MIN_VALUE).build()) {
            cache.put(1, noise);
            assertThat(cache.get(1)).isEqualTo(noise);
            cache.put(2, new byte[SIZE]);
            assertThat(cache.get(2)).isEqualTo(new byte[SIZE]);
            assertThat(cache.stats().compressionRatio()).isLessThan(0.1);
        }
    }

    @Test
    void mustNotKeepACompressedFormOfTheSameSize() {
        Compression inverting = new Compression() {
            @Override
            public int mostBytes(int byteSize) {
                return byteSize;
            }

            @Override
            public int compress(MemorySegment value, MemorySegment to) {
                for (long i = 0; i < value.byteSize(); i++) {
                    to.set(ValueLayout.JAVA_BYTE, i, (byte) ~value.get(ValueLayout.JAVA_BYTE, i));
                }
                return (int) value.byteSize();
            }

            @Override
            public void decompress(MemorySegment compressed, MemorySegment value) {
                compress(compressed, value);
            }
        };
        try (OffHeapCache<Integer> cache =
                builder(inverting).compression(inverting, Double.MIN_VALUE).build()) {
            cache.put(1, new byte[100]);
            assertThat(cache.get(1)).isEqualTo(new byte[100]);
        }
    }

    @Test
    void mustFreeEverythingIfACodecFails() {
        Compression broken = new Compression() {
            @Override
            public int mostBytes(int byteSize) {
                return byteSize;
            }

            @Override
            public int compress(MemorySegment value, MemorySegment to) {
                if (value.get(ValueLayout.JAVA_BYTE, 0) == 1) {
                    throw new IllegalStateException("compress");
                }
                return 16;
            }

            @Override
            public void decompress(MemorySegment compressed, MemorySegment value) {
                throw new IllegalStateException("decompress");
            }
        };
        try (OffHeapCache<Integer> cache = builder(broken).build()) {
            byte[] value = new byte[SIZE];
            cache.put(1, value);
            assertThatThrownBy(() -> cache.get(1)).hasMessage("decompress");
            value[0] = 1;
            assertThatThrownBy(() -> cache.put(2, value)).hasMessage("compress");
            assertThat(allocator.stats().liveBlocks()).isOne();
        }
        assertThatThrownBy(() -> builder(broken).compression(broken, 1)).hasMessageContaining("leastSaving is 1.0");
    }
}
