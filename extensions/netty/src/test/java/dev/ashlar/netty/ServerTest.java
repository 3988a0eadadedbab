package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.TestLength;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ResourceLeakDetector;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real server and client. Each buffer is watched by Netty's leak detector, and nothing is live at the end. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails shows in what is received
class ServerTest {

    private static final int LARGEST_BODY = 4 << 20;
    private static final int[] BODIES = {1, 255, 256, 4096, 65_537, 1 << 20, LARGEST_BODY};

    private final Allocator allocator = Adaptive.builder().limit("128MiB").build();
    private final AshlarByteBufAllocator buffers = new AshlarByteBufAllocator(allocator);
    private final ResourceLeakDetector.Level levelBefore = ResourceLeakDetector.getLevel();
    private final Random random = new Random(14);

    @BeforeEach
    void watchEachBuffer() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        CountingLeakDetector.LEAKS.clear();
    }

    @AfterEach
    void mustLeaveNothingLive() throws InterruptedException {
        assertThat(allocator.stats().allocations()).as("blocks that were used").isPositive();
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(buffers.metric().usedDirectMemory()).isZero();
        collectLeaks();
        ResourceLeakDetector.setLevel(levelBefore);
        assertThat(CountingLeakDetector.LEAKS).isEmpty();
        buffers.close();
        allocator.close();
    }

    /** Netty looks for buffers that were collected whenever it makes another one. */
    private void collectLeaks() throws InterruptedException {
        for (int i = 0; i < 5 && CountingLeakDetector.LEAKS.isEmpty(); i++) {
            System.gc();
            Thread.sleep(20); // for the collector to put what it found into the detector's queue
            buffers.heapBuffer(1).release();
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static ChannelHandler echo() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                context.writeAndFlush(message);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                context.close(); // of a connection that the client dropped
            }
        };
    }

    /** Collects a number of bytes, read into a buffer that grows. */
    private static final class Received extends SimpleChannelInboundHandler<ByteBuf> {

        private final int expected;
        private final CompletableFuture<byte[]> all = new CompletableFuture<>();
        private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

        Received(int expected) {
            this.expected = expected;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            bytes = context.alloc().buffer(64);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            bytes.release();
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf part) {
            bytes.writeBytes(part);
            if (bytes.readableBytes() == expected) {
                byte[] copy = new byte[expected];
                bytes.getBytes(0, copy);
                all.complete(copy);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            all.completeExceptionally(new AssertionError("closed after " + bytes.readableBytes() + " bytes"));
        }

        byte[] await() throws Exception {
            return all.get(60, TimeUnit.SECONDS);
        }
    }

    private void mustEcho(Loopback loopback, byte[] sent, ChannelHandler... first) throws Exception {
        Received received = new Received(sent.length);
        Channel client =
                loopback.connect(channel -> channel.pipeline().addLast(first).addLast(received));
        for (int start = 0; start < sent.length; ) {
            int count = Math.min(sent.length - start, 1 + random.nextInt(60_000));
            ByteBuf part = client.alloc().buffer(count);
            client.writeAndFlush(part.writeBytes(sent, start, count));
            start += count;
        }
        assertThat(received.await()).isEqualTo(sent);
        client.close().sync();
    }

    @Test
    void mustEcho() throws Exception {
        try (Loopback loopback =
                new Loopback(buffers, channel -> channel.pipeline().addLast(echo()))) {
            for (int body : BODIES) {
                mustEcho(loopback, bytes(body));
            }
        }
    }

    private static SslContext serverTls() throws Exception {
        char[] password = "loopback".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = ServerTest.class.getResourceAsStream("/loopback.p12")) {
            store.load(file, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        return SslContextBuilder.forServer(keys).build();
    }

    @Test
    void mustEchoOverTls() throws Exception {
        SslContext server = serverTls();
        SslContext client = SslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm(null)
                .build();
        Consumer<SocketChannel> serverSide =
                channel -> channel.pipeline().addLast(server.newHandler(channel.alloc()), echo());
        try (Loopback loopback = new Loopback(buffers, serverSide)) {
            for (int body : BODIES) {
                mustEcho(loopback, bytes(body), client.newHandler(buffers));
            }
        }
    }

    /** Answers a request with its own body. */
    private static final class EchoOfBody extends SimpleChannelInboundHandler<FullHttpRequest> {

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            FullHttpResponse response = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.OK,
                    request.content().retain());
            HttpUtil.setContentLength(response, response.content().readableBytes());
            context.writeAndFlush(response);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // of a connection that the client dropped
        }
    }

    private static void serveHttp(SocketChannel channel) {
        channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(LARGEST_BODY), new EchoOfBody());
    }

    private static final class Responses extends SimpleChannelInboundHandler<FullHttpResponse> {

        private final BlockingQueue<byte[]> bodies = new LinkedBlockingQueue<>();

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
            byte[] body = new byte[response.content().readableBytes()];
            response.content().readBytes(body);
            bodies.add(body);
        }
    }

    private static FullHttpMessage request(Channel client, byte[] body) {
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                "/",
                client.alloc().buffer().writeBytes(body));
        HttpUtil.setContentLength(request, body.length);
        return request;
    }

    @Test
    void mustServeHttp() throws Exception {
        try (Loopback loopback = new Loopback(buffers, ServerTest::serveHttp)) {
            Responses responses = new Responses();
            Channel client = loopback.connect(channel -> channel.pipeline()
                    .addLast(new HttpClientCodec(), new HttpObjectAggregator(LARGEST_BODY), responses));
            for (int i = 0; i < TestLength.of(1, 20); i++) {
                for (int body : BODIES) {
                    byte[] sent = bytes(body);
                    client.writeAndFlush(request(client, sent));
                    assertThat(responses.bodies.poll(60, TimeUnit.SECONDS)).isEqualTo(sent);
                }
            }
        }
    }

    @Test
    void mustFreeTheBuffersOfConnectionsThatDrop() throws Exception {
        try (Loopback loopback = new Loopback(buffers, ServerTest::serveHttp)) {
            List<Channel> clients = new ArrayList<>();
            for (int i = 0; i < TestLength.of(20, 200); i++) {
                Channel client = loopback.connect(channel -> {});
                byte[] body = bytes(1 + random.nextInt(200_000));
                String head = "POST / HTTP/1.1\r\ncontent-length: " + 2 * body.length + "\r\n\r\n";
                client.write(client.alloc().buffer().writeBytes(head.getBytes(StandardCharsets.US_ASCII)));
                client.writeAndFlush(client.alloc().buffer().writeBytes(body));
                clients.add(client);
            }
            for (Channel client : clients) {
                client.config().setOption(ChannelOption.SO_LINGER, 0); // a reset, not an orderly end
                client.close().sync();
            }
        }
    }

    @Test
    void mustCloseAChannelWhoseReadIsRefusedAndServeTheOthers() throws Exception {
        BlockingQueue<Throwable> causes = new LinkedBlockingQueue<>();
        Allocator small = Allocators.limited(allocator, "connections", 300 << 10);
        AshlarByteBufAllocator few = new AshlarByteBufAllocator(small);
        List<ByteBuf> hoard = Collections.synchronizedList(new ArrayList<>());
        Consumer<SocketChannel> hoarding = channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                hoard.add((ByteBuf) message);
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                causes.add(cause);
            }
        });
        try (Loopback loopback = new Loopback(few, hoarding);
                Socket client = new Socket()) {
            Channel other = loopback.connect(channel -> {});
            client.connect(loopback.address());
            assertThatIOException().as("the channel that is refused").isThrownBy(() -> {
                for (int i = 0; i < 10_000; i++) {
                    client.getOutputStream().write(bytes(16 << 10));
                }
            });
            assertThat(causes.poll(60, TimeUnit.SECONDS))
                    .isInstanceOf(AllocationError.class)
                    .hasMessageContaining("connections");
            assertThat(other.isActive()).isTrue();
        }
        hoard.forEach(ByteBuf::release);
        few.close();
        small.close();
    }

    @Test
    void mustSeeALeak() throws Exception {
        try (Loopback loopback =
                new Loopback(buffers, channel -> channel.pipeline().addLast(echo()))) {
            mustEcho(loopback, bytes(100_000));
        }
        Allocator other = Slab.allocator();
        new AshlarByteBufAllocator(other).directBuffer(77); // and nothing has it any more
        collectLeaks();
        assertThat(CountingLeakDetector.LEAKS).isNotEmpty();
        CountingLeakDetector.LEAKS.clear();
        assertThat(other.stats().liveBlocks()).isEqualTo(1);
        try (LeakLog log = new LeakLog()) {
            other.close();
            assertThat(log.messages()).hasSize(1);
        }
    }
}
