/** A strategy that was written from the guide. */
module com.example.separate {
    requires dev.ashlar.spi;

    provides dev.ashlar.spi.AllocatorProvider with
            com.example.separate.SeparateProvider;
}
