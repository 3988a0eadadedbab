package dev.ashlar.insight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.metrics.Health;
import dev.ashlar.metrics.Watched;
import dev.ashlar.slab.Slab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The server by HTTP, without a browser. */
class DashboardTest {

    private final Allocator slab = Slab.builder().build();
    private final Allocator limited = Allocators.limited(slab, 1000);

    @AfterEach
    void close() {
        limited.close();
        slab.close();
    }

    private static Dashboard.Builder quiet() {
        return Dashboard.builder().interval(Duration.ofHours(1)).title("Test");
    }

    /** An answer as it came. */
    private record Answer(int status, String head, String body) {}

    /** A plain request, because an HTTP client would not send another host. */
    private static Answer ask(Dashboard dashboard, String method, String path, String host) throws IOException {
        URI uri = dashboard.uri();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri.getPort())) {
            socket.getOutputStream()
                    .write((method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int end = all.indexOf("\r\n\r\n");
            return new Answer(Integer.parseInt(all.split(" ", 3)[1]), all.substring(0, end), all.substring(end + 4));
        }
    }

    private static Answer get(Dashboard dashboard, String path) throws IOException {
        return ask(dashboard, "GET", path, "127.0.0.1");
    }

    @Test
    void mustListenOnLoopbackOnly() {
        try (Dashboard dashboard = Dashboard.serve(slab)) {
            assertThat(URI.create(dashboard.uri().toString()).getHost())
                    .isEqualTo(InetAddress.getLoopbackAddress().getHostAddress());
            assertThat(dashboard.uri().getPort()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 200", "127.0.0.1:9999, 200", "LocalHost:80, 200", "[::1]:80, 200", "mine.example, 200",
        "evil.example, 421", "127.0.0.1.evil.example, 421", "localhost.evil.example:80, 421", "[evil], 421", "'', 421"
    })
    void mustRefuseHostNamesThatAreNotItsOwn(String host, int status) throws IOException {
        try (Dashboard dashboard =
                quiet().allocator("main", slab).hostName("mine.example").serve()) {
            for (String path : List.of("/", "/events-none", "/map?main", "/health", "/metrics", "/report.html")) {
                int expected = status == 200 && path.equals("/events-none") ? 404 : status;
                assertThat(ask(dashboard, "GET", path, host).status()).isEqualTo(expected);
            }
        }
    }

    @Test
    void mustServeOnlyReads() throws IOException {
        try (Dashboard dashboard = quiet().allocator("main", slab).serve()) {
            Answer post = ask(dashboard, "POST", "/", "localhost");
            assertThat(post.status()).isEqualTo(405);
            assertThat(post.head()).containsIgnoringCase("allow: GET, HEAD");
            assertThat(ask(dashboard, "HEAD", "/events", "localhost").status()).isEqualTo(405);
            Answer head = ask(dashboard, "HEAD", "/", "localhost");
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
        }
    }

    @Test
    void mustSendAPageThatLoadsNothingAndMayRunOnlyItsOwnScripts() throws IOException {
        try (Dashboard dashboard = quiet().allocator("main", slab).serve()) {
            Answer page = get(dashboard, "/");
            assertThat(page.head())
                    .containsIgnoringCase("content-security-policy: default-src 'none'; script-src 'sha256-")
                    .contains("connect-src 'self'")
                    .doesNotContain("unsafe")
                    .containsIgnoringCase("x-content-type-options: nosniff")
                    .containsIgnoringCase("cache-control: no-store");
            assertThat(page.body())
                    .contains("<title>Ashlar</title>")
                    .doesNotContain("src=\"http", "@@style@@", "@@charts@@", "@@script@@", "@@data@@", "@@policy@@");
        }
    }

    @Test
    void mustNotLetDataEndItsElement() throws IOException {
        String name = "</script><script>alert(1)</script>";
        try (Dashboard dashboard = quiet().allocator(name, slab).serve()) {
            assertThat(get(dashboard, "/").body())
                    .doesNotContain("<script>alert")
                    .contains("\\u003c/script>");
        }
    }

    @Test
    void mustTellHealth() throws IOException {
        try (Dashboard dashboard = quiet().allocator("net", limited).serve()) {
            Answer up = get(dashboard, "/health");
            assertThat(up.status()).isEqualTo(200);
            assertThat(up.body()).isEqualTo("{\"reasons\":[],\"status\":\"UP\"}");

            assertThat(limited.tryAllocate(2000, 8)).isNull();
            dashboard.update();
            Answer down = get(dashboard, "/health");
            assertThat(down.status()).isEqualTo(503);
            assertThat(JSON.std.mapFrom(down.body())).containsEntry("status", "DOWN");
            assertThat(down.body())
                    .contains(
                            "\"allocator\":\"net\"", "\"kind\":\"REFUSALS\"", "100.00 % of the requests were refused");
            assertThat(dashboard.health().status()).isEqualTo(Health.Status.DOWN);
        }
    }

    @Test
    void mustServeMetricsForPrometheus() throws IOException {
        MemorySegment block = limited.allocate(100, 8);
        try (Dashboard dashboard = quiet().allocator("net", limited).serve()) {
            Answer metrics = get(dashboard, "/metrics");
            limited.free(block);
            assertThat(metrics.status()).isEqualTo(200);
            assertThat(metrics.body())
                    .contains("ashlar_allocator_live_blocks{allocator=\"net\"} 1.0")
                    .contains("ashlar_allocator_limit_bytes{allocator=\"net\"} 1000.0");
        }
    }

    @Test
    void mustServeTheMapOfAnAllocatorByName() throws IOException {
        try (Dashboard dashboard = quiet().allocator("a b&c", slab).serve()) {
            Map<String, Object> map =
                    JSON.std.mapFrom(get(dashboard, "/map?a%20b%26c").body());
            assertThat(map)
                    .containsKeys("chunks", "classes", "sites", "leftOut")
                    .containsEntry("tracked", false);
            assertThat(get(dashboard, "/map?main").status()).isEqualTo(404);
            assertThat(get(dashboard, "/map").status()).isEqualTo(404);
        }
    }

    @Test
    void mustKeepTheLastFiguresOfAClosedAllocator() throws IOException {
        slab.free(slab.allocate(100, 8));
        try (Dashboard dashboard = quiet().allocator("main", slab).serve()) {
            slab.close();
            dashboard.update();
            assertThat(dashboard.health().status()).isEqualTo(Health.Status.DOWN);
            assertThat(get(dashboard, "/").body()).contains("\"closed\":true", "\"allocations\":1");
            assertThat(get(dashboard, "/map?main").body()).isEqualTo("null");
            assertThat(get(dashboard, "/report.html").status()).isEqualTo(200);
        }
    }

    @Test
    @Timeout(30) // it would read for ever
    void mustStopListeningAndEndOpenRequestsWhenClosed() throws IOException {
        Dashboard dashboard = quiet().allocator("main", slab).serve();
        URLConnection events = dashboard.uri().resolve("events").toURL().openConnection();
        assertThat(events.getContentType()).isEqualTo("text/event-stream");
        dashboard.close();
        dashboard.close();
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> get(dashboard, "/"));
        try {
            events.getInputStream().readAllBytes();
        } catch (IOException e) {
            return; // the connection may be closed before the answer is complete
        }
    }

    @Test
    void mustNameThePortThatIsInUse() {
        try (Dashboard dashboard = quiet().allocator("main", slab).serve()) {
            int port = dashboard.uri().getPort();
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(() -> quiet().allocator("main", slab).port(port).serve())
                    .withMessageContaining("port " + port)
                    .withMessageContaining("or 0 for any");
        }
    }

    @Test
    void mustTakeAnIntervalThatNeverEnds() {
        Duration never = Duration.ofSeconds(Long.MAX_VALUE);
        try (Dashboard dashboard =
                quiet().interval(never).allocator("main", slab).serve()) {
            assertThat(dashboard.health().status()).isEqualTo(Health.Status.UP);
        }
    }

    @Test
    void mustRefuseWhatItCannotShow() {
        assertThatIllegalStateException().isThrownBy(() -> quiet().serve()).withMessageContaining("nothing to show");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> quiet().allocator("main", slab).allocator("main", limited))
                .withMessageContaining("allocator 'main'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> quiet().allocator("main", slab)
                        .watch(Watched.allocator("main", limited))
                        .serve())
                .withMessageContaining("allocator 'main'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> quiet().port(70000))
                .withMessageContaining("70000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> quiet().interval(Duration.ofNanos(9_999_999)))
                .withMessageContaining("PT0.009999999S");
    }
}
