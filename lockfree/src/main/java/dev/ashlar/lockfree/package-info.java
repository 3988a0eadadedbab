/**
 * Allocation under contention without locks.
 *
 * <p>Owner-local structures will live here, joined by magazines and a depot. A block that stays with
 * its thread costs no atomic operation. The depot is a generation-counted Treiber stack, so that a
 * stale head can never be exchanged (ABA).
 */
package dev.ashlar.lockfree;
