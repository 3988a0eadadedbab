import org.jspecify.annotations.NullMarked;

/** Composes installed strategies by size class and resizes them from their statistics. */
@NullMarked
module dev.ashlar.adaptive {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.adaptive;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.adaptive.AdaptiveProvider;
}
