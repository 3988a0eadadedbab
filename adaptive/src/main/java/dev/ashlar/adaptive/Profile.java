package dev.ashlar.adaptive;

/**
 * A set of values for a kind of program. A value that is set in code or by a property overrides that of the profile.
 */
public enum Profile {
    /** The defaults, a balance of memory and speed. */
    GENERAL,

    /**
     * For programs with much memory: idle memory is kept for a minute, and the retained bytes grow sooner and further.
     */
    HIGH_THROUGHPUT,

    /** For small heaps: large blocks are in {@code tlsf}, and idle memory is returned after two seconds. */
    SMALL_MEMORY,

    /** For servers: slower adaptation, and an earlier alert and soft limit. */
    PRODUCTION
}
