import org.jspecify.annotations.NullMarked;

/** A directory of Apache Lucene whose files are blocks of any Ashlar allocator. */
@NullMarked
module dev.ashlar.lucene {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;
    requires transitive org.apache.lucene.core;

    exports dev.ashlar.lucene;
}
