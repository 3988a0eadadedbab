import org.jspecify.annotations.NullMarked;

/** The contract of allocators and pools as test classes that the author of a strategy extends. */
@NullMarked
module dev.ashlar.testkit {
    requires static transitive org.jspecify;
    requires transitive dev.ashlar.api;
    requires transitive dev.ashlar.spi;
    requires transitive org.junit.jupiter.api;
    requires org.assertj.core;
    requires java.logging;
    requires static java.management; // for tests of strategies on the class path

    exports dev.ashlar.testkit;

    opens dev.ashlar.testkit to
            org.junit.platform.commons;
}
