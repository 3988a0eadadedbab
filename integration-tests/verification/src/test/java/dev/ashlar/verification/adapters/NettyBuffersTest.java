package dev.ashlar.verification.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NettyBuffersTest {

    private final Allocator allocator = Slab.builder().limit("1MiB").build();
    private final NettyBuffers netty = new NettyBuffers(allocator);

    @AfterEach
    void nothingMustBeLive() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void mustGrowAndShareABuffer() {
        ByteBuf buffer = netty.directBuffer(16);
        for (int i = 0; i < 1_000; i++) {
            buffer.writeLong(i);
        }
        ByteBuf slice = buffer.retainedSlice(80, 8);
        buffer.release();
        assertThat(slice.readLong()).isEqualTo(10);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        assertThat(allocator.stats().internalFragmentation())
                .as("what a grown buffer leaves of its block")
                .isZero();
        slice.release();
    }

    @Test
    void mustJoinBuffers() {
        CompositeByteBuf whole = netty.compositeDirectBuffer();
        for (String part : new String[] {"ash", "lar"}) {
            whole.addComponent(true, netty.directBuffer().writeBytes(part.getBytes(StandardCharsets.US_ASCII)));
        }
        assertThat(whole.toString(StandardCharsets.US_ASCII)).isEqualTo("ashlar");
        whole.release();
    }

    @Test
    void mustRefuseAsNettyDoes() {
        assertThatExceptionOfType(OutOfMemoryError.class)
                .isThrownBy(() -> netty.directBuffer(2 << 20))
                .withMessageContaining("2097152");
    }
}
