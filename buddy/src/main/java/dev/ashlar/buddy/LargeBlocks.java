package dev.ashlar.buddy;

/** What becomes of requests that no region can serve: for more than a region, or with a larger alignment than regions have. */
public enum LargeBlocks {
    /** They go to the configured upstream, or, if there is none, take memory from the source one by one. */
    UPSTREAM,
    /** They are refused. */
    REFUSE
}
