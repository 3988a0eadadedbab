import org.jspecify.annotations.NullMarked;

/** Composes installed strategies by size, and adapts them by their statistics. */
@NullMarked
module dev.ashlar.adaptive {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    // Each is needed by one package only. They are not transitive, or a program without them would not compile.
    requires static com.google.guice;
    requires static jakarta.inject;
    requires static jdk.jfr;

    exports dev.ashlar.adaptive;
    exports dev.ashlar.adaptive.guice;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.adaptive.AdaptiveProvider;
}
