import org.jspecify.annotations.NullMarked;

/** Composes installed strategies by size class and resizes them from their statistics. */
@NullMarked
module dev.ashlar.adaptive {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    // Each for one package that nothing else here uses.
    requires static transitive com.google.guice;
    requires static transitive jakarta.inject;
    requires static transitive micrometer.core;
    requires static transitive java.management;
    requires static jdk.jfr;

    exports dev.ashlar.adaptive;
    exports dev.ashlar.adaptive.guice;
    exports dev.ashlar.adaptive.jmx;
    exports dev.ashlar.adaptive.micrometer;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.adaptive.AdaptiveProvider;
}
