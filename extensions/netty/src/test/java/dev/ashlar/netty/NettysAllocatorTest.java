package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import io.netty.buffer.AbstractByteBufAllocatorTest;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Netty's own tests of an allocator of buffers. */
class NettysAllocatorTest extends AbstractByteBufAllocatorTest<AshlarByteBufAllocator> {

    private final List<Allocator> allocators = new ArrayList<>();

    @Override
    protected AshlarByteBufAllocator newAllocator(boolean preferDirect) {
        Allocator allocator = Slab.allocator();
        allocators.add(allocator);
        return new AshlarByteBufAllocator(allocator, preferDirect, EventLoopBuffers.DEFAULT_BYTES);
    }

    @Override
    protected AshlarByteBufAllocator newUnpooledAllocator() {
        return newAllocator(false);
    }

    @AfterEach
    void mustLeaveNothingLive() {
        assertThat(allocators).allSatisfy(allocator -> {
            assertThat(allocator.stats().liveBlocks()).isZero();
            allocator.close();
        });
    }

    /** Unlike Netty's, with the arrays that are ready. */
    @Override
    @Test
    public void testUsedHeapMemory() {
        AshlarByteBufAllocator netty = newAllocator(false);
        assertThat(netty.metric().usedHeapMemory()).isZero();
        ByteBuf buffer = netty.heapBuffer(1024, 4096);
        assertThat(netty.metric().usedHeapMemory()).isEqualTo(1024);
        buffer.capacity(2000);
        assertThat(netty.metric().usedHeapMemory()).isEqualTo(1024 + 2000);
        buffer.release();
        assertThat(netty.metric().usedHeapMemory()).isEqualTo(1024);
    }

    /** Unlike Netty's, which needs another version of AssertJ. */
    @Override
    @Test
    public void shouldReuseChunks() {
        AshlarByteBufAllocator netty = newAllocator(false);
        ByteBuf first = netty.heapBuffer(1024);
        byte[] array = first.array();
        first.release();
        ByteBuf second = netty.heapBuffer(1024);
        assertThat(second.array()).isSameAs(array);
        second.release();
    }
}
