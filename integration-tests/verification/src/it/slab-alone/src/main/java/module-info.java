/** Compiles against the API and one strategy. */
module consumer {
    requires dev.ashlar.api;
    requires dev.ashlar.slab;
}
