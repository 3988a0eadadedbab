package dev.ashlar.insight;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.metrics.Health;
import dev.ashlar.metrics.HealthCheck;
import dev.ashlar.metrics.Watched;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.HousekeepingThread;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A page that shows what allocators, pools and caches do, served by the program itself. It has figures over time, size
 * classes, a map of the memory that is held, and for an adaptive allocator its tiers, alerts and decisions.
 *
 * {@snippet class="dev.ashlar.verification.shown.InsightPagesCodeTest" region="dashboard"}
 *
 * <p><b>Access.</b> It listens on the loopback address, so only this machine can read it, unless another address is
 * given. There is no login: whoever can connect sees figures, tags and stack frames. Requests can change nothing.
 * Requests for a host name that is not its own are refused, so that a page of another site cannot read it by DNS
 * rebinding.
 *
 * <p><b>Paths.</b> {@code /} is the page, {@code /report.html} the same as a file, {@code /health} the {@link Health}
 * as JSON, with status 503 if it is down, and {@code /metrics} the figures for Prometheus, if {@code
 * micrometer-registry-prometheus} is on the path.
 *
 * <p><b>Cost.</b> Ashlar's housekeeping thread reads the figures at each interval. That costs a call of {@code stats()}
 * for each allocator. The map is a walk over all memory. It is made only while someone looks at it, once a second at
 * most.
 *
 * <p>Safe for use by many threads. It closes none of the things that it shows.
 */
public final class Dashboard implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("dev.ashlar.insight");

    /** The name of an allocator that is given without one. */
    static final String MAIN = "main";

    private static final long MAP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<String, Allocator> allocators;
    private final List<HealthCheck> checks = new ArrayList<>();
    private final List<Watched> watched;
    private final PageServer server;
    private final @Nullable PrometheusText prometheus = prometheus();
    private final Map<String, MapText> maps = new HashMap<>();

    /** What was read so far. Guarded by this. */
    private final Report.Builder page;

    private volatile Health health = new Health(Health.Status.UP, List.of());
    private boolean isFailing;
    private @Nullable Future<?> updates;

    /** A map as JSON, and when it was made. */
    private record MapText(long nanos, String json) {}

    private Dashboard(Builder builder) throws IOException {
        allocators = new LinkedHashMap<>(builder.allocators);
        watched = List.copyOf(builder.watched);
        page = Report.builder(builder.title);
        server = new PageServer(this, new InetSocketAddress(builder.address, builder.port), builder.hostNames);
        try {
            allocators.forEach((name, allocator) -> checks.add(builder.health.of(name, allocator)));
            if (prometheus != null) {
                allocators.forEach((name, allocator) -> prometheus.register(Watched.allocator(name, allocator)));
                watched.forEach(prometheus::register);
            }
            read();
            updates = HousekeepingThread.repeat(builder.interval, this::update);
            server.start();
        } catch (RuntimeException | Error e) {
            Closing.after(e, this::close);
            throw e;
        }
    }

    private static @Nullable PrometheusText prometheus() {
        try {
            return new PrometheusText();
        } catch (NoClassDefFoundError e) {
            return null; // the library is optional
        }
    }

    /**
     * Shows an allocator on a free port of the loopback address.
     *
     * @param allocator an open allocator that any thread may use
     * @throws UncheckedIOException if it cannot listen
     */
    public static Dashboard serve(Allocator allocator) {
        return builder().allocator(MAIN, allocator).serve();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Where the page is, such as {@code http://127.0.0.1:41233/}. */
    public URI uri() {
        return server.uri();
    }

    /** The health of all allocators together at the last reading, which was at most an interval ago. */
    public Health health() {
        return health;
    }

    /** The page with its present data, as one file. It costs a walk over all memory. */
    public synchronized Report report() {
        Map<String, @Nullable BlockMap> all = new LinkedHashMap<>();
        allocators.forEach((name, allocator) -> all.put(name, BlockMap.of(allocator)));
        Map<String, Object> data = data();
        data.put("maps", all);
        return new Report(Page.of(data, false));
    }

    /** Stops listening and reading. Closing again does nothing. */
    @Override
    public void close() {
        if (updates != null) {
            updates.cancel(false);
        }
        server.close();
        if (prometheus != null) {
            prometheus.close();
        }
    }

    /** Reads everything, and sends it to those who look. */
    synchronized void update() {
        try {
            read();
            if (server.hasViewers()) {
                Map<String, Object> data = data();
                data.remove("samples");
                server.publish(Page.json(data));
            }
            isFailing = false;
        } catch (RuntimeException | Error e) {
            if (!isFailing) {
                LOG.log(System.Logger.Level.WARNING, "The dashboard cannot read; this is logged once until it can", e);
            }
            isFailing = true;
        }
    }

    private void read() {
        allocators.forEach(page::read);
        watched.forEach(one -> page.watched(one.type(), one.name(), one.snapshot()));
        health = Health.of(
                checks.stream().flatMap(check -> check.now().reasons().stream()).toList());
    }

    private Map<String, Object> data() {
        Map<String, Object> data = page.data();
        data.put("health", health);
        return data;
    }

    /** The page for a browser. */
    synchronized String page() {
        return Page.of(data(), true);
    }

    /** The map of an allocator as JSON, made once a second at most; null if there is no such allocator. */
    @Nullable String map(String name) {
        Allocator allocator = allocators.get(name);
        if (allocator == null) {
            return null;
        }
        synchronized (maps) { // one walk at a time
            MapText last = maps.get(name);
            if (last == null || System.nanoTime() - last.nanos >= MAP_NANOS) {
                last = new MapText(System.nanoTime(), Page.json(BlockMap.of(allocator)));
                maps.put(name, last);
            }
            return last.json;
        }
    }

    /** The figures for Prometheus; null without its library. */
    @Nullable String metrics() {
        return prometheus == null ? null : prometheus.scrape();
    }

    /** Chooses what is shown, and where. Not safe for use by many threads. */
    public static final class Builder {

        private final Map<String, Allocator> allocators = new LinkedHashMap<>();
        private final List<Watched> watched = new ArrayList<>();
        private final Set<String> names = new HashSet<>();
        private final Set<String> hostNames = new HashSet<>();
        private String title = "Ashlar";
        private InetAddress address = InetAddress.getLoopbackAddress();
        private int port;
        private Duration interval = Duration.ofSeconds(1);
        private HealthCheck.Builder health = HealthCheck.builder();

        private Builder() {}

        /**
         * Shows an allocator. With several, the page has a choice of them.
         *
         * @param name unique among the allocators
         * @param allocator an open allocator that any thread may use
         * @throws IllegalArgumentException if the name is used already
         */
        public Builder allocator(String name, Allocator allocator) {
            Objects.requireNonNull(allocator, "allocator");
            use("allocator", name);
            allocators.put(name, allocator);
            return this;
        }

        /**
         * Shows a pool.
         *
         * @param name unique among the pools
         * @param pool an open pool, which should record statistics
         * @throws IllegalArgumentException if the name is used already
         */
        public Builder pool(String name, Pool<?> pool) {
            return watch(Watched.pool(name, pool));
        }

        /**
         * Shows the figures of anything else in a table of its type, such as a limit, or a cache by {@code
         * CacheFigures.watched("pages", cache)}.
         *
         * @param figures what to show; the dashboard does not close it
         * @throws IllegalArgumentException if another one of that type has that name
         */
        public Builder watch(Watched figures) {
            use(figures.type(), figures.name());
            watched.add(figures);
            return this;
        }

        private void use(String type, String name) {
            if (!names.add(type + " '" + Objects.requireNonNull(name, "name") + "'")) {
                throw new IllegalArgumentException(
                        "There is a " + type + " '" + name + "' already. Give each a name of its own.");
            }
        }

        /**
         * The heading of the page.
         *
         * @param text {@code Ashlar} by default
         */
        public Builder title(String text) {
            title = Objects.requireNonNull(text, "text");
            return this;
        }

        /**
         * The address to listen on. The page has no login.
         *
         * @param local an address of this machine; the loopback address by default
         */
        public Builder address(InetAddress local) {
            address = Objects.requireNonNull(local, "local");
            return this;
        }

        /**
         * The port to listen on.
         *
         * @param number 0, the default, for any free one
         * @throws IllegalArgumentException if it is not from 0 to 65535
         */
        public Builder port(int number) {
            if (number < 0 || number > 65535) {
                throw new IllegalArgumentException("number is " + number + ", must be from 0 to 65535");
            }
            port = number;
            return this;
        }

        /**
         * Serves requests for a host name too. Requests for {@code localhost} and for any numeric address are always
         * served, others are refused.
         *
         * @param name such as {@code build-7.example.com}, without a port
         */
        public Builder hostName(String name) {
            hostNames.add(Objects.requireNonNull(name, "name"));
            return this;
        }

        /**
         * How often figures are read.
         *
         * @param duration a second by default, at least 10 milliseconds
         * @throws IllegalArgumentException if it is shorter
         */
        public Builder interval(Duration duration) {
            if (duration.compareTo(Duration.ofMillis(10)) < 0) {
                throw new IllegalArgumentException("duration is " + duration + ", must be 10 milliseconds or more");
            }
            interval = duration;
            return this;
        }

        /**
         * Sets what health is.
         *
         * @param check the thresholds; those of {@link Health.Kind} by default
         */
        public Builder health(HealthCheck.Builder check) {
            health = Objects.requireNonNull(check, "check");
            return this;
        }

        /**
         * Begins to serve.
         *
         * @throws IllegalStateException if no allocator was given, or an allocator or pool is closed
         * @throws UncheckedIOException if it cannot listen, such as on a port that is in use
         */
        public Dashboard serve() {
            if (allocators.isEmpty()) {
                throw new IllegalStateException("There is nothing to show. Give an allocator to allocator(name, it).");
            }
            try {
                return new Dashboard(this);
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "Cannot listen on " + address + ", port " + port + ": " + e.getMessage()
                                + ". Give an address of this machine, and a free port, or 0 for any.",
                        e);
            }
        }
    }
}
