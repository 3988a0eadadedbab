import org.jspecify.annotations.NullMarked;

/** Pages, advice and comparison for a running program. */
@NullMarked
module dev.ashlar.insight {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires transitive dev.ashlar.metrics;
    requires dev.ashlar.spi;
    requires com.fasterxml.jackson.jr.ob;
    requires jdk.httpserver;

    // Each for one class.
    requires static dev.ashlar.adaptive;
    requires static micrometer.registry.prometheus;

    exports dev.ashlar.insight;

    // The library reads what a page gets.
    opens dev.ashlar.insight to
            com.fasterxml.jackson.jr.ob;
}
