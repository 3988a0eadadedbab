import org.jspecify.annotations.NullMarked;

/** What an allocator and a pool are: contracts, value types, and the decorators that need only the contract. */
@NullMarked
module dev.ashlar.api {
    requires static transitive org.jspecify;

    exports dev.ashlar.api;
    exports dev.ashlar.api.compose;
    exports dev.ashlar.api.support;
}
