package dev.ashlar.nativememory.internal;

/** How the functions of a C library are called. */
enum Downcalls {
    /** As the linker does it by default: a garbage collection does not wait for the call. */
    PLAIN,
    /** For small blocks without a change of the thread's state: see {@link CCalls}. */
    CRITICAL
}
