import org.jspecify.annotations.NullMarked;

/** The contract as test classes that the author of a strategy extends. */
@NullMarked
module dev.ashlar.testkit {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires transitive org.assertj.core;
    requires transitive org.junit.jupiter.api;
}
