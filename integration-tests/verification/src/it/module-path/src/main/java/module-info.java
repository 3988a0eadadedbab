/** Reads the API and the SPI only: the strategy comes from the module path by name. */
module consumer {
    requires dev.ashlar.api;
    requires dev.ashlar.spi;
}
