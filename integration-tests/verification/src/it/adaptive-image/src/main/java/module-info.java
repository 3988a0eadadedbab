/** Uses the adaptive allocator with nothing that is optional. */
module consumer {
    requires dev.ashlar.adaptive;
}
