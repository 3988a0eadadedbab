package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import io.netty.buffer.AbstractByteBufTest;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Netty's own tests of a buffer, on heap buffers. */
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "Netty's class does the accesses")
class NettysHeapBufferTest extends AbstractByteBufTest {

    private static final Allocator ALLOCATOR = Slab.allocator();
    private static final AshlarByteBufAllocator NETTY = new AshlarByteBufAllocator(ALLOCATOR);

    @Override
    protected ByteBuf newBuffer(int capacity, int maxCapacity) {
        ByteBuf buffer = NETTY.heapBuffer(capacity, maxCapacity);
        assertThat(buffer.hasArray()).isTrue();
        return buffer;
    }

    @AfterAll
    static void close() {
        NETTY.close();
        ALLOCATOR.close();
    }
}
