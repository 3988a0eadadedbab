package dev.ashlar.spi;

/** What a strategy does with requests that it cannot serve from its own chunks, because of their size or alignment. */
public enum LargeBlockPolicy {
    /** They go to the configured upstream, or, if there is none, take memory from the source one by one. */
    UPSTREAM,
    /** They are refused. */
    REFUSE
}
