package dev.ashlar.verification.application.pipeline;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.metrics.Watched;
import dev.ashlar.metrics.micrometer.Meters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/**
 * The memory of the whole server: one allocator, and a quota for each of its four users.
 *
 * <p>The allocator's own limit counts memory taken from the system. The quotas count live blocks. They add up to less,
 * because that memory also has rounding, free slots and retained chunks.
 */
final class ServerMemory implements AutoCloseable {

    final Allocator allocator;

    /** The sum of the four at most, so no user is refused because of what the others use. */
    final Limit server = Limit.of("server", 192 << 20);

    final Limit netty = server.child("netty").bytes(32 << 20).build();
    final Limit arrow = server.child("arrow").bytes(64 << 20).build();
    final Limit parquet = server.child("parquet").bytes(32 << 20).build();
    final Limit lucene;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /**
     * Memory without users.
     *
     * @param luceneBytes the quota of the index, at most 64 MiB
     */
    ServerMemory(long luceneBytes) {
        this(Adaptive.builder().limit("256MiB").build(), luceneBytes);
    }

    /**
     * Memory of an allocator, which is closed with it.
     *
     * @param luceneBytes the quota of the index, at most 64 MiB
     */
    ServerMemory(Allocator allocator, long luceneBytes) {
        this.allocator = allocator;
        lucene = server.child("lucene").bytes(luceneBytes).build();
        Meters.register(Watched.allocator("main", allocator), registry);
        Meters.register(Watched.limit(server), registry);
        users().forEach(limit -> Meters.register(Watched.limit(limit), registry));
    }

    List<Limit> users() {
        return List.of(netty, arrow, parquet, lucene);
    }

    /** All figures, as Prometheus reads them. */
    String page() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registry.close();
        allocator.close();
    }
}
