import org.jspecify.annotations.NullMarked;

/** What a strategy is to its users, how strategies are found, and what they share. */
@NullMarked
module dev.ashlar.spi {
    requires static transitive org.jspecify;
    requires transitive dev.ashlar.api;
    requires org.slf4j;
    requires static jdk.management; // for byte sizes such as 60%
    requires static java.management;

    exports dev.ashlar.spi;
    exports dev.ashlar.spi.support;

    uses dev.ashlar.spi.AllocatorProvider;
    uses dev.ashlar.spi.MemorySource;
    uses dev.ashlar.spi.PoolProvider;
}
