import org.jspecify.annotations.NullMarked;

/** Pages, advice and comparison for a running program. */
@NullMarked
module dev.ashlar.insight {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;

    exports dev.ashlar.insight;
}
