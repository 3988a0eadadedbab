import org.jspecify.annotations.NullMarked;

/** Pages, advice and comparison for a running program. */
@NullMarked
module dev.ashlar.insight {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;
    requires org.slf4j;
    requires HdrHistogram;
    requires org.apache.commons.statistics.inference;
    requires jdk.management;
    requires static jdk.jfr; // for places that allocate
    requires static dev.ashlar.adaptive; // for the optimizer

    exports dev.ashlar.insight.gc;
    exports dev.ashlar.insight.optimizer;
    exports dev.ashlar.insight.rollout;
}
