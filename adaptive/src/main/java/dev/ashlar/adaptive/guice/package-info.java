/**
 * Allocators by injection with Guice, which the program must add as a dependency. Start with {@link
 * dev.ashlar.adaptive.guice.AllocatorModule}.
 */
package dev.ashlar.adaptive.guice;
