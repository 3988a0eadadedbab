package dev.ashlar.api;

/**
 * The capability to tell how much of a limit is used.
 *
 * <p>Safe for use by many threads; costs one volatile read.
 */
public interface Quota {

    /** The limit in bytes. */
    long limitBytes();

    /** Bytes that count against the limit now, at most {@link #limitBytes()}. */
    long usedBytes();
}
