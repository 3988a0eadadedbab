package dev.ashlar.insight;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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

    private final Dashboard dashboard;
    private final Set<String> hostNames;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore viewers = new Semaphore(MOST_VIEWERS);

    /** The last update and its number. Guarded by this. */
    private String update = "";

    private long number;
    private boolean isClosed;

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

    /** Sends an update to all viewers. */
    synchronized void publish(String json) {
        update = json;
        number++;
        notifyAll();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String host = exchange.getRequestHeaders().getFirst("Host");
            if (!isOwnHost(host)) {
                send(
                        exchange,
                        421,
                        TEXT,
                        "The host '" + host + "' is not served. Use a numeric address, localhost,"
                                + " or a name that is given to Dashboard.Builder.hostName.\n");
                return;
            }
            String method = exchange.getRequestMethod();
            boolean isEndless = exchange.getRequestURI().getPath().equals("/events");
            if (!method.equals("GET") && (!method.equals("HEAD") || isEndless)) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, 405, TEXT, method + " is not served. GET is, and HEAD of what ends.\n");
                return;
            }
            respond(exchange);
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

    private void respond(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/" -> {
                exchange.getResponseHeaders().set("Content-Security-Policy", Page.livePolicy());
                send(exchange, 200, "text/html; charset=utf-8", dashboard.page());
            }
            case "/report.html" -> {
                exchange.getResponseHeaders().set("Content-Disposition", "attachment; filename=\"report.html\"");
                send(
                        exchange,
                        200,
                        "text/html; charset=utf-8",
                        dashboard.report().html());
            }
            case "/events" -> events(exchange);
            case "/map" -> map(exchange);
            case "/health" -> {
                Health health = dashboard.health();
                int status = health.status() == Health.Status.DOWN ? 503 : 200;
                send(exchange, status, "application/json", Page.json(health));
            }
            case "/metrics" -> {
                String metrics = dashboard.metrics();
                if (metrics == null) {
                    send(exchange, 404, TEXT, "Add io.micrometer:micrometer-registry-prometheus to the program.\n");
                } else {
                    send(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", metrics);
                }
            }
            default -> send(exchange, 404, TEXT, "There are /, /report.html, /health and /metrics.\n");
        }
    }

    /** {@code /map?main}: the query is the name of the allocator. */
    private void map(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getRawQuery();
        String name = URLDecoder.decode(query == null ? "" : query, StandardCharsets.UTF_8);
        String map = dashboard.map(name);
        if (map == null) {
            send(exchange, 404, TEXT, "There is no allocator '" + name + "'.\n");
        } else {
            send(exchange, 200, "application/json", map);
        }
    }

    private void events(HttpExchange exchange) throws IOException {
        if (!viewers.tryAcquire()) {
            send(exchange, 503, TEXT, MOST_VIEWERS + " browsers look at this page already.\n");
            return;
        }
        try {
            long seen = number();
            setHeaders(exchange, "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            out.write("retry: 2000\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            for (Event next = after(seen); next != null; next = after(next.number)) {
                out.write(("data: " + next.json + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        } catch (IOException e) {
            return; // the browser has gone
        } finally {
            viewers.release();
        }
    }

    private record Event(long number, String json) {}

    private synchronized long number() {
        return number;
    }

    /** Waits for the update after one that was seen. Returns null when the server is closed. */
    private synchronized @Nullable Event after(long seen) {
        try {
            while (number == seen && !isClosed) {
                wait();
            }
        } catch (InterruptedException e) {
            return null; // the executor is shut down
        }
        return isClosed ? null : new Event(number, update);
    }

    private static void setHeaders(HttpExchange exchange, String type) {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Cross-Origin-Resource-Policy", "same-origin");
        exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        setHeaders(exchange, type);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, isHead ? -1 : bytes.length);
        if (!isHead) {
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
            notifyAll();
        }
        server.stop(0);
        threads.shutdownNow();
    }
}
