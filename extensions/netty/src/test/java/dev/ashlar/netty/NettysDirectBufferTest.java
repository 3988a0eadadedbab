package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.slab.Slab;
import io.netty.buffer.AbstractByteBufTest;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Netty's own tests of a buffer, on direct buffers. */
class NettysDirectBufferTest extends AbstractByteBufTest {

    private static final Allocator ALLOCATOR = Slab.allocator();
    private static final Owner BLOCKS = ALLOCATOR.as(Owner.class).orElseThrow();
    private static final AshlarByteBufAllocator NETTY = new AshlarByteBufAllocator(ALLOCATOR);

    @Override
    protected ByteBuf newBuffer(int capacity, int maxCapacity) {
        ByteBuf buffer = NETTY.directBuffer(capacity, maxCapacity);
        assertThat(capacity == 0 || BLOCKS.isLive(buffer.memoryAddress())).isTrue();
        return buffer;
    }

    @AfterAll
    static void close() {
        NETTY.close();
        ALLOCATOR.close();
    }

    /** Unlike Netty's, which is of buffers without room behind their capacity. */
    @Override
    @Test
    public void testMaxFastWritableBytes() {
        ByteBuf buffer = newBuffer(150, 500).writerIndex(100);
        assertThat(buffer.writableBytes()).isEqualTo(50);
        assertThat(buffer.maxFastWritableBytes()).isEqualTo((int) ALLOCATOR.goodSize(150, 8) - 100);
        buffer.release();
        ByteBuf full = newBuffer(150, 150).writerIndex(100);
        assertThat(full.maxFastWritableBytes()).isEqualTo(50);
        full.release();
    }
}
