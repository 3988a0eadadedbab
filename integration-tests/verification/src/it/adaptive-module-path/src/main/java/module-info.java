/** Injects allocators. Guice is an automatic module, which does not say what it needs itself. */
module consumer {
    requires com.google.common;
    requires com.google.guice;
    requires dev.ashlar.adaptive;
    requires jakarta.inject;

    opens consumer to
            com.google.guice;
}
