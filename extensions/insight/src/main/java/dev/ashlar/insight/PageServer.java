package dev.ashlar.insight;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandlers;
import com.sun.net.httpserver.HttpServer;
import dev.ashlar.metrics.Health;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Serves a dashboard by HTTP. Each request has a virtual thread. A browser that looks at the page keeps one request
 * open, and gets each update as a server-sent event; a slow one misses updates and delays nobody.
 */
final class PageServer implements AutoCloseable {

    /** Browsers that are kept up to date at once. */
    private static final int MOST_VIEWERS = 32;

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String HTML = "text/html; charset=utf-8";
    private static final String JSON = "application/json";

    private final Dashboard dashboard;
    private final Set<String> hostNames;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore viewers = new Semaphore(MOST_VIEWERS);

    private volatile Update last = new Update("", new CompletableFuture<>());

    /** An update as JSON, and when it is replaced by the next one. A viewer that waits holds no later ones. */
    private record Update(String json, CompletableFuture<@Nullable Void> replaced) {}

    PageServer(Dashboard dashboard, InetSocketAddress address, Set<String> hostNames) throws IOException {
        this.dashboard = dashboard;
        this.hostNames = Set.copyOf(hostNames);
        server = HttpServer.create(address, 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    void start() {
        // The server's thread inherits from its maker that it does not keep the JVM alive.
        CompletableFuture.runAsync(
                        server::start, task -> Thread.ofPlatform().daemon().start(task))
                .join();
    }

    URI uri() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().isAnyLocalAddress()
                ? "localhost"
                : address.getAddress().getHostAddress();
        return URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + "/");
    }

    boolean hasViewers() {
        return viewers.availablePermits() < MOST_VIEWERS;
    }

    /** Sends an update to all viewers. Called by one thread at a time. */
    void publish(String json) {
        Update before = last;
        last = new Update(json, new CompletableFuture<>());
        before.replaced.complete(null);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String host = exchange.getRequestHeaders().getFirst("Host");
            String method = exchange.getRequestMethod();
            String path = exchange.getRequestURI().getPath();
            if (!isOwnHost(host)) {
                String hint =
                        "Use a numeric address, localhost, or a name that is given to Dashboard.Builder.hostName.";
                send(exchange, 421, TEXT, "The host '" + host + "' is not served. " + hint + "\n");
            } else if (!method.equals("GET") && (!method.equals("HEAD") || path.equals("/events"))) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, 405, TEXT, method + " is not served. GET is, and HEAD of what ends.\n");
            } else {
                respond(exchange, path);
            }
        } catch (RuntimeException | Error e) {
            System.getLogger("dev.ashlar.insight")
                    .log(System.Logger.Level.WARNING, "Cannot answer " + exchange.getRequestURI(), e);
        }
    }

    /**
     * Whether a request is meant for this server. A page of another site can give its own name the address of this
     * machine, and its requests then carry that name. They never carry a numeric address.
     */
    private boolean isOwnHost(@Nullable String header) {
        if (header == null) {
            return false;
        }
        String host = header.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
        return host.equals("localhost")
                || host.matches("\\[[0-9a-f:.%]+\\]|\\d+(\\.\\d+){3}")
                || hostNames.stream().anyMatch(host::equalsIgnoreCase);
    }

    private void respond(HttpExchange exchange, String path) throws IOException {
        switch (path) {
            case "/" -> {
                exchange.getResponseHeaders().set("Content-Security-Policy", Page.livePolicy());
                send(exchange, 200, HTML, dashboard.page());
            }
            case "/report.html" -> {
                exchange.getResponseHeaders().set("Content-Disposition", "attachment; filename=\"report.html\"");
                send(exchange, 200, HTML, dashboard.report().html());
            }
            case "/events" -> events(exchange);
            case "/map" -> sendIfThere(exchange, JSON, dashboard.map(query(exchange)), "There is no such allocator.\n");
            case "/health" -> {
                Health health = dashboard.health();
                send(exchange, health.status() == Health.Status.DOWN ? 503 : 200, JSON, Page.json(health));
            }
            case "/metrics" ->
                sendIfThere(
                        exchange,
                        "text/plain; version=0.0.4; charset=utf-8",
                        dashboard.metrics(),
                        "Add io.micrometer:micrometer-registry-prometheus to the program.\n");
            default -> send(exchange, 404, TEXT, "There are /, /report.html, /health and /metrics.\n");
        }
    }

    /** The name of an allocator in {@code /map?main}. */
    private static String query(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        return URLDecoder.decode(query == null ? "" : query, StandardCharsets.UTF_8);
    }

    private void events(HttpExchange exchange) throws IOException {
        if (!viewers.tryAcquire()) {
            send(exchange, 503, TEXT, MOST_VIEWERS + " browsers look at this page already.\n");
            return;
        }
        try {
            Update seen = last;
            exchange.getResponseHeaders().putAll(headers("text/event-stream"));
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            out.write("retry: 2000\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            while (true) {
                seen.replaced.get();
                seen = last;
                out.write(("data: " + seen.json + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (IOException | InterruptedException | ExecutionException e) {
            return; // the browser has gone, or the server is closed
        } finally {
            viewers.release();
        }
    }

    private static Headers headers(String type) {
        return Headers.of(
                "Content-Type", type,
                "Cache-Control", "no-store",
                "X-Content-Type-Options", "nosniff",
                "Cross-Origin-Resource-Policy", "same-origin",
                "Referrer-Policy", "no-referrer");
    }

    private static void sendIfThere(HttpExchange exchange, String type, @Nullable String text, String otherwise)
            throws IOException {
        send(exchange, text == null ? 404 : 200, text == null ? TEXT : type, text == null ? otherwise : text);
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        HttpHandlers.of(status, headers(type), text).handle(exchange);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
