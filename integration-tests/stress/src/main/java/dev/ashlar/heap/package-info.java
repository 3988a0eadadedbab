/**
 * Tests that see the internals of the module: on the class path a package of the same name does.
 */
@org.jspecify.annotations.NullMarked
package dev.ashlar.heap;
