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
    requires jdk.management;
    requires org.apache.commons.statistics.inference;
    requires org.slf4j;
    requires HdrHistogram;

    // Each for one class, or one package.
    requires static dev.ashlar.adaptive;
    requires static jdk.jfr;
    requires static micrometer.registry.prometheus;

    exports dev.ashlar.insight;
    exports dev.ashlar.insight.gc;
    exports dev.ashlar.insight.optimizer;
    exports dev.ashlar.insight.rollout;

    // The library reads what a page gets.
    opens dev.ashlar.insight to
            com.fasterxml.jackson.jr.ob;
}
