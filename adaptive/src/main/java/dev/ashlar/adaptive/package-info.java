/**
 * One allocator over several strategies.
 *
 * <p>What will live here finds strategies by the names of their providers, gives each the size
 * classes that it serves best, and resizes them from their statistics. It compiles against none of
 * them.
 */
package dev.ashlar.adaptive;
