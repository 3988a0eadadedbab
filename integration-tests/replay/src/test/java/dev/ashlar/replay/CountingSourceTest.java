package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CountingSourceTest {

    /** Counts the trims of its sessions. */
    private static final class Trimmed implements MemorySource {

        private final MemorySource memory = MemorySources.require("jdk");
        private int trims;

        @Override
        public String name() {
            return memory.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            return memory.take(byteSize, byteAlignment);
        }

        @Override
        public long takenBytes(long byteSize, long byteAlignment) {
            return memory.takenBytes(byteSize, byteAlignment);
        }

        @Override
        public Session open() {
            return new Session() {
                @Override
                public @Nullable Chunk take(long byteSize, long byteAlignment) {
                    return memory.take(byteSize, byteAlignment);
                }

                @Override
                public void trim() {
                    trims++;
                }
            };
        }
    }

    /** Otherwise a strategy would begin with the memory that the one before it has used. */
    @Test
    void mustPassATrimOn() {
        Trimmed source = new Trimmed();
        new CountingSource(source).open().trim();
        assertThat(source.trims).isEqualTo(1);

        try (Allocator allocator =
                Slab.builder().source(new CountingSource(source)).build()) {
            allocator.trim();
        }
        assertThat(source.trims).isEqualTo(2);
    }
}
