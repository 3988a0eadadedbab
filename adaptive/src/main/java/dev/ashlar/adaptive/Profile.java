package dev.ashlar.adaptive;

/** Settings that go together, for a kind of program. A setting that is given beside a profile overrides it. */
public enum Profile {
    /** The defaults: a balance of memory and speed. */
    GENERAL,

    /**
     * Idle memory is kept for a minute, and the retained bytes grow sooner and further: for programs with much memory.
     */
    HIGH_THROUGHPUT,

    /** Large blocks side by side in {@code tlsf}, and memory goes back after two seconds: for small heaps. */
    SMALL_MEMORY,

    /** The defaults with slower adaptation and an early alert of pressure: for servers. */
    PRODUCTION
}
