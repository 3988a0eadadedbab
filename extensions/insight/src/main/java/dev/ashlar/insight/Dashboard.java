package dev.ashlar.insight;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.metrics.Figure;
import dev.ashlar.metrics.Watched;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
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
 * <p><b>Cost.</b> One daemon thread reads the figures at each interval, which costs a call of {@code stats()} for each
 * allocator. The map is a walk over all memory, and made only while someone looks at it, once a second at most.
 *
 * <p>Safe for use by many threads. It closes none of the things that it shows.
 */
public final class Dashboard implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("dev.ashlar.insight");

    /** The name of an allocator that is given without one. */
    static final String MAIN = "main";

    private static final long MAP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String title;
    private final Duration interval;
    private final List<AllocatorReading> allocators;
    private final List<HealthCheck> checks;
    private final List<Watched> watched;
    private final List<Consumer<? super Health>> healthListeners;
    private final PageServer server;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Map<String, MapText> maps = new HashMap<>();

    /** What the dashboard has made, and closes. */
    private final List<Watched> owned = new ArrayList<>();

    private @Nullable PrometheusText prometheus;
    private volatile Health health = new Health(Health.Status.UP, List.of());
    private boolean isFailing;

    /** A map as JSON, and when it was made. */
    private record MapText(long nanos, String json) {}

    private Dashboard(Builder builder) throws IOException {
        title = builder.title;
        interval = builder.interval;
        allocators = new ArrayList<>();
        checks = new ArrayList<>();
        watched = new ArrayList<>();
        healthListeners = List.copyOf(builder.healthListeners);
        server = new PageServer(this, new InetSocketAddress(builder.address, builder.port), builder.hostNames);
        try {
            builder.pools.forEach((name, pool) -> watched.add(Watched.pool(name, pool)));
            owned.addAll(watched);
            watched.addAll(builder.watched);
            builder.allocators.forEach((name, allocator) -> {
                allocators.add(new AllocatorReading(name, allocator));
                checks.add(builder.health.of(name, allocator));
                owned.add(Watched.allocator(name, allocator));
            });
            prometheus = prometheus(
                    Stream.concat(owned.stream(), builder.watched.stream()).toList());
            read();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
        server.start();
        Thread.ofPlatform().daemon().name("ashlar-dashboard").start(this::run);
    }

    private static @Nullable PrometheusText prometheus(List<Watched> shown) {
        try {
            return new PrometheusText(shown);
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
    public Report report() {
        return new Report(data("program"));
    }

    /** Stops listening, and ends the thread. Closing again does nothing. */
    @Override
    public void close() {
        closed.countDown();
        server.close();
        owned.forEach(Watched::close);
        if (prometheus != null) {
            prometheus.close();
        }
    }

    private void run() {
        try {
            while (!closed.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                update();
            }
        } catch (InterruptedException e) {
            return; // only a program that ends has a reference to this thread
        }
    }

    /** Reads everything, and sends it to those who look. */
    void update() {
        try {
            read();
            if (server.hasViewers()) {
                server.publish(Page.json(data("update")));
            }
            isFailing = false;
        } catch (RuntimeException | Error e) {
            if (!isFailing) {
                LOG.log(System.Logger.Level.WARNING, "The dashboard cannot read; this is logged once until it can", e);
            }
            isFailing = true;
        }
    }

    private synchronized void read() {
        long now = System.currentTimeMillis();
        allocators.forEach(one -> one.read(now));
        Health.Status before = health.status();
        health = Health.of(
                checks.stream().flatMap(check -> check.now().reasons().stream()).toList());
        if (before != health.status()) {
            healthListeners.forEach(this::tell);
        }
    }

    private void tell(Consumer<? super Health> listener) {
        try {
            listener.accept(health);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "A listener of health failed", e);
        }
    }

    /** The data of a page: {@code live}, {@code program} for a file, or {@code update} for one that is shown. */
    private synchronized Map<String, Object> data(String source) {
        List<Report.Thing> things = watched.stream().map(Dashboard::thing).toList();
        Map<String, Object> data = Report.data(title, source, allocators, things);
        data.put("health", health);
        return data;
    }

    private static Report.Thing thing(Watched watched) {
        Map<String, Object> figures = new LinkedHashMap<>();
        for (Figure<?> figure : watched.figures()) {
            double value = watched.value(figure.name());
            figures.put(figure.name(), figure.kind() == Figure.Kind.RATIO ? (Object) value : (Object) (long) value);
        }
        return new Report.Thing(watched.type(), watched.name(), figures);
    }

    /** The page for a browser. */
    String page() {
        return Page.of(data("live"), true);
    }

    /** The map of an allocator as JSON, made once a second at most; null if there is no such allocator. */
    @Nullable String map(String name) {
        synchronized (maps) { // one walk at a time
            MapText last = maps.get(name);
            if (last != null && System.nanoTime() - last.nanos < MAP_NANOS) {
                return last.json;
            }
            AllocatorReading reading = allocators.stream()
                    .filter(one -> one.name.equals(name))
                    .findFirst()
                    .orElse(null);
            if (reading == null) {
                return null;
            }
            String json = Page.json(BlockMap.of(reading.allocator));
            maps.put(name, new MapText(System.nanoTime(), json));
            return json;
        }
    }

    /** The figures for Prometheus; null without its library. */
    @Nullable String metrics() {
        return prometheus == null ? null : prometheus.scrape();
    }

    /** Chooses what is shown, and where. Not safe for use by many threads. */
    public static final class Builder {

        private final Map<String, Allocator> allocators = new LinkedHashMap<>();
        private final Map<String, Pool<?>> pools = new LinkedHashMap<>();
        private final List<Watched> watched = new ArrayList<>();
        private final List<Consumer<? super Health>> healthListeners = new ArrayList<>();
        private final Set<String> hostNames = new LinkedHashSet<>();
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
            put(allocators, "allocator", name, Objects.requireNonNull(allocator, "allocator"));
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
            put(pools, "pool", name, Objects.requireNonNull(pool, "pool"));
            return this;
        }

        private static <T> void put(Map<String, T> things, String type, String name, T thing) {
            if (things.putIfAbsent(Objects.requireNonNull(name, "name"), thing) != null) {
                throw new IllegalArgumentException(
                        "There is a " + type + " '" + name + "' already. Give each a name of its own.");
            }
        }

        /**
         * Shows the figures of anything else in a table of its type, such as a limit, or a cache by {@code
         * CacheFigures.watched("pages", cache)}.
         *
         * @param figures what to show; the dashboard does not close it
         */
        public Builder watch(Watched figures) {
            watched.add(Objects.requireNonNull(figures, "figures"));
            return this;
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
            if (duration.toMillis() < 10) {
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
         * Calls a listener when the status of the health changes.
         *
         * @param listener is called on the thread that reads the figures. What it throws is logged
         */
        public Builder onHealthChange(Consumer<? super Health> listener) {
            healthListeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Begins to serve.
         *
         * @throws IllegalStateException if there is nothing to show, or an allocator or pool is closed
         * @throws IllegalArgumentException if two things of one type have one name
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
