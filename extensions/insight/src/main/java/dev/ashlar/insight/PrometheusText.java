package dev.ashlar.insight;

import dev.ashlar.api.Registration;
import dev.ashlar.metrics.Watched;
import dev.ashlar.metrics.micrometer.Meters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;

/**
 * The figures as Prometheus reads them. The one class that refers to {@code micrometer-registry-prometheus}, which a
 * program need not have.
 */
final class PrometheusText implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private final List<Registration> registrations = new ArrayList<>();

    void register(Watched watched) {
        registrations.add(Meters.register(watched, registry));
    }

    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        registrations.forEach(Registration::close);
        registry.close();
    }
}
