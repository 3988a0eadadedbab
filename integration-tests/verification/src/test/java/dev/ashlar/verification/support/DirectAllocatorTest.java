package dev.ashlar.verification.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.FaultySource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DirectAllocatorTest {

    private static final int SIZE = 100_000;

    private final FaultySource memory = new FaultySource();
    private final DirectAllocator allocator = over(memory);

    @AfterEach
    void mustNotHaveMisusedTheSource() {
        assertThat(memory.misuses()).isEmpty();
        memory.close();
    }

    /** The source runs what another thread could do while this one waits for it. */
    @Test
    void mustGiveBackTheChunkThatComesWhileItIsClosed() {
        ClosingSource closing = new ClosingSource(memory);
        DirectAllocator closed = over(closing);
        closing.closed = closed;
        assertThatThrownBy(() -> closed.allocate(SIZE, 8)).isInstanceOf(IllegalStateException.class);
        assertThat(memory.openBytes()).isZero();
        assertThat(closed.requestedBytes()).isZero();
    }

    @Test
    void mustGiveEveryBlockBackOnClosing() {
        for (int i = 0; i < 3; i++) {
            allocator.allocate(SIZE, 8);
        }
        allocator.close();
        assertThat(memory.openBytes()).isZero();
    }

    @Test
    void mustRefuseToTrimWhenClosed() {
        assertThat(allocator.trim()).isZero();
        allocator.close();
        assertThatThrownBy(allocator::trim).isInstanceOf(IllegalStateException.class);
    }

    private static DirectAllocator over(MemorySource source) {
        return new DirectAllocator(new MeteredSource(source, AllocationException.NO_LIMIT, () -> 0));
    }

    private static final class ClosingSource implements MemorySource {

        private final MemorySource memory;
        private @Nullable DirectAllocator closed;

        ClosingSource(MemorySource memory) {
            this.memory = memory;
        }

        @Override
        public String name() {
            return "closing";
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            Chunk chunk = memory.take(byteSize, byteAlignment);
            if (closed != null) {
                closed.close();
            }
            return chunk;
        }
    }
}
