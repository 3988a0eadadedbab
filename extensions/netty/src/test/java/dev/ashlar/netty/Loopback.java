package dev.ashlar.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server and its clients in this JVM, whose channels all take buffers from one allocator. */
final class Loopback implements AutoCloseable {

    private final ByteBufAllocator buffers;
    private final EventLoopGroup eventLoops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final Channel server;

    Loopback(ByteBufAllocator buffers, Consumer<SocketChannel> serverSide) throws InterruptedException {
        this.buffers = buffers;
        server = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.ALLOCATOR, buffers)
                .childOption(ChannelOption.ALLOCATOR, buffers)
                .childHandler(initializer(serverSide))
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    private ChannelInitializer<SocketChannel> initializer(Consumer<SocketChannel> side) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channels.add(channel);
                side.accept(channel);
            }
        };
    }

    SocketAddress address() {
        return server.localAddress();
    }

    Channel connect(Consumer<SocketChannel> clientSide) throws InterruptedException {
        return new Bootstrap()
                .group(eventLoops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.ALLOCATOR, buffers)
                .handler(initializer(clientSide))
                .connect(address())
                .sync()
                .channel();
    }

    /** Closes the channels, and ends the event loops when they have nothing more to do. */
    @Override
    public void close() {
        server.close().syncUninterruptibly();
        channels.close().awaitUninterruptibly();
        eventLoops.shutdownGracefully(100, 30_000, TimeUnit.MILLISECONDS).syncUninterruptibly();
    }
}
