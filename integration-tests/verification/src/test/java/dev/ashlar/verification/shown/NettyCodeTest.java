package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.netty.AshlarByteBufAllocator;
import dev.ashlar.spi.Ashlar;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import org.junit.jupiter.api.Test;

/** Code that gives Netty its memory. */
class NettyCodeTest {

    @Test
    void server() throws InterruptedException {
        try (Allocator allocator = Ashlar.allocator()) {
            EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
            // @start region="server"
            Allocator share = Allocators.limited(allocator, "netty", 64 << 20);
            AshlarByteBufAllocator buffers = new AshlarByteBufAllocator(share);
            ServerBootstrap server = new ServerBootstrap()
                    .option(ChannelOption.ALLOCATOR, buffers)
                    .childOption(ChannelOption.ALLOCATOR, buffers);
            // @end
            assertThat(server.group(eventLoops).config().group()).isSameAs(eventLoops);
            eventLoops.submit(() -> buffers.directBuffer(256).release()).sync();
            assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
            // @start region="end"
            eventLoops.shutdownGracefully().sync();
            buffers.close(); // logs the buffers that are live
            share.close();
            // @end
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }
}
