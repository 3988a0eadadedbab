package dev.ashlar.adaptive;

/** Settings that go together, for a kind of program. A setting that is given beside a profile overrides it. */
public enum Profile {
    /** The defaults: little memory for the speed, fast for the memory. */
    GENERAL,

    /**
     * Memory is kept for a minute, and what is retained grows sooner and further: for programs with memory to spare.
     */
    HIGH_THROUGHPUT,

    /** Large blocks side by side in {@code tlsf}, and memory goes back after two seconds: for small heaps. */
    SMALL_MEMORY,

    /** The defaults with slower adaptation and an early alert of pressure: for servers. */
    PRODUCTION
}
