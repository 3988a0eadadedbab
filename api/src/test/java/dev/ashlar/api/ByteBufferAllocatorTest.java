package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ByteBufferAllocatorTest {

    private final CheckingAllocator allocator = new CheckingAllocator(1 << 20);
    private final ByteBufferAllocator buffers = new ByteBufferAllocator(allocator);

    private static List<UnaryOperator<ByteBuffer>> whatIsMadeOfABuffer() {
        return List.of(
                buffer -> buffer,
                buffer -> buffer.position(17).limit(40),
                buffer -> buffer.position(buffer.limit()),
                ByteBuffer::duplicate,
                ByteBuffer::asReadOnlyBuffer,
                buffer -> buffer.position(50).slice(),
                buffer -> buffer.slice(99, 1).duplicate(),
                buffer -> buffer.slice(10, 20).slice(5, 5).position(2));
    }

    @ParameterizedTest
    @MethodSource("whatIsMadeOfABuffer")
    void mustFreeTheBlockByWhateverWasMadeOfItsBuffer(UnaryOperator<ByteBuffer> made) {
        ByteBuffer other = buffers.allocate(100);
        ByteBuffer buffer = buffers.allocate(100);
        assertThat(buffer.isDirect()).isTrue();
        assertThat(buffer.capacity()).isEqualTo(100);
        ByteBuffer view = made.apply(buffer);
        buffers.free(view);
        assertThat(allocator.stats().liveBlocks()).isOne();
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> buffers.free(view));
        buffers.free(other);
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustRefuseWhatLiesInNoneOfItsBuffers() {
        ByteBuffer buffer = buffers.allocate(100);
        MemorySegment neighbour = allocator.allocate(100, 8);
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> buffers.free(neighbour.asByteBuffer()));
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> buffers.free(ByteBuffer.allocateDirect(10)));
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> buffers.free(buffer.slice(100, 0)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> buffers.free(ByteBuffer.allocate(10)))
                .withMessageContaining("not direct");
        buffers.free(buffer);
    }

    @Test
    void mustSayByNullThatARequestCannotBeServed() {
        assertThat(buffers.tryAllocate(2 << 20)).isNull();
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> buffers.allocate(2 << 20));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> buffers.allocate(-1))
                .withMessageContaining("-1");
        ByteBuffer buffer = buffers.tryAllocate(10);
        assertThat(buffer).isNotNull();
        buffers.free(buffer);
    }

    /** An empty buffer has a block of its own, which is found by address. */
    @Test
    void mustFreeABufferOfNoBytes() {
        ByteBuffer empty = buffers.allocate(0);
        buffers.free(empty);
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    @Test
    void mustAskAgainForABufferThatItsAllocatorCouldNotFree() {
        ByteBuffer buffer = buffers.allocate(10);
        allocator.free(MemorySegment.ofAddress(allocator.live.firstKey())); // not through the buffer allocator
        for (int i = 1; i <= 2; i++) {
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> buffers.free(buffer));
            assertThat(allocator.stats().invalidFrees()).isEqualTo(i);
        }
    }
}
