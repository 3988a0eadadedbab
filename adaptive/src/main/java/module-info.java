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

    exports dev.ashlar.adaptive;
    exports dev.ashlar.adaptive.guice;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.adaptive.AdaptiveProvider;
}
