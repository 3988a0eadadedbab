package dev.ashlar.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.api.Allocator;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.TestLength;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpClientTransport;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real server and client, whose direct buffers are blocks of one allocator. */
class ServerTest {

    private static final int LARGEST_BODY = 4 << 20;
    private static final int[] BODIES = {1, 255, 256, 4096, 65_537, 1 << 20, LARGEST_BODY};

    private final Allocator allocator = Adaptive.builder().limit("128MiB").build();
    private final Server server = new Server(new QueuedThreadPool(8), null, new AshlarByteBufferPool(allocator));
    private final ServerConnector connector = new ServerConnector(
            server, 1, 1, new HttpConnectionFactory(), new HTTP2CServerConnectionFactory(new HttpConfiguration()));
    private final Semaphore begun = new Semaphore(0); // a permit for each request that is being handled
    private final Random random = new Random(14);

    @BeforeEach
    void start() throws Exception {
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                begun.release();
                Content.copy(request, response, callback);
                return true;
            }
        });
        server.start();
    }

    @AfterEach
    void mustLeaveNothingLive() throws Exception {
        for (int i = 0; i < 3_000 && allocator.stats().liveBlocks() > 0; i++) {
            Thread.sleep(10); // a thread that closes a connection releases its buffer last
        }
        assertThat(allocator.stats().liveBlocks()).isZero();
        try (LeakLog log = new LeakLog()) {
            server.stop();
            assertThat(allocator.stats().allocations()).isPositive();
            assertThat(allocator.stats().liveBlocks()).isZero();
            allocator.close();
            assertThat(log.messages()).isEmpty();
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private void mustEcho(HttpClientTransport transport) throws Exception {
        HttpClient client = new HttpClient(transport);
        client.setByteBufferPool(new AshlarByteBufferPool(allocator));
        client.start();
        for (int round = 0; round < TestLength.of(1, 20); round++) {
            for (int body : BODIES) {
                byte[] sent = bytes(body);
                var request = client.POST("http://127.0.0.1:" + connector.getLocalPort())
                        .body(new BytesRequestContent(sent));
                var response = new CompletableResponseListener(request, LARGEST_BODY)
                        .send()
                        .get(60, TimeUnit.SECONDS);
                assertThat(response.getContent()).isEqualTo(sent);
            }
        }
        assertThat(allocator.stats().allocations()).isGreaterThan(BODIES.length);
        client.stop();
    }

    @Test
    void mustServeHttp1() throws Exception {
        mustEcho(new HttpClientTransportOverHTTP(1));
    }

    @Test
    void mustServeHttp2() throws Exception {
        mustEcho(new HttpClientTransportOverHTTP2(new HTTP2Client()));
    }

    @Test
    void mustFreeTheBuffersOfConnectionsThatDrop() throws Exception {
        for (int i = 0; i < TestLength.of(20, 200); i++) {
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), connector.getLocalPort())) {
                byte[] body = bytes(1 + random.nextInt(200_000));
                String head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + 2 * body.length + "\r\n\r\n";
                client.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream().write(body);
                assertThat(begun.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
                client.setSoLinger(true, 0); // a reset, not an orderly end
            }
        }
        for (int i = 0; i < 3_000 && !connector.getConnectedEndPoints().isEmpty(); i++) {
            Thread.sleep(10); // the server sees the resets
        }
        assertThat(connector.getConnectedEndPoints()).isEmpty();
    }
}
