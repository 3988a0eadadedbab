package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource.Chunk;
import org.junit.jupiter.api.Test;

/** What the source {@code jdk} does beyond the contract. The module of verification tests the contract. */
class JdkMemorySourceTest {

    private final MemorySource source = new JdkMemorySource();

    private Chunk take(long byteSize, long byteAlignment) {
        Chunk chunk = source.take(byteSize, byteAlignment);
        assertThat(chunk).isNotNull();
        return chunk;
    }

    /** The bytes that the JDK requests from malloc, compared with native memory tracking. */
    @Test
    void mustTellWhatAChunkTakesWithPadding() {
        for (long byteSize : new long[] {1, 8, 4096, 4099, 1 << 20}) {
            long rounded = (byteSize + 7) / 8 * 8;
            assertTaken(byteSize, 1, rounded);
            assertTaken(byteSize, 16, rounded);
            assertTaken(byteSize, 32, rounded + 16);
            assertTaken(byteSize, 4096, rounded + 4080);
            assertTaken(byteSize, 1 << 20, rounded + (1 << 20) - 16);
        }
        assertThat(source.takenBytes(1L << 62, 1L << 62)).isEqualTo(Long.MAX_VALUE - 15);
        assertThat(source.takenBytes((1L << 62) + 8, 1L << 62)).isEqualTo(Long.MAX_VALUE);
        assertThat(source.takenBytes(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    }

    private void assertTaken(long byteSize, long byteAlignment, long takenBytes) {
        assertThat(source.takenBytes(byteSize, byteAlignment))
                .as("%d bytes aligned to %d", byteSize, byteAlignment)
                .isEqualTo(takenBytes);
        try (Chunk chunk = take(byteSize, byteAlignment)) {
            assertThat(chunk.takenBytes()).isEqualTo(takenBytes);
        }
    }
}
