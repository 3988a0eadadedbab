import org.jspecify.annotations.NullMarked;

/** The figures of allocators, pools and limits, for monitoring. */
@NullMarked
module dev.ashlar.metrics {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires transitive java.management;
    requires jdk.jfr;

    // For one package. Not transitive: then a program without it would not compile.
    requires static micrometer.core;

    exports dev.ashlar.metrics;
    exports dev.ashlar.metrics.micrometer;
}
