/**
 * Allocators by injection with Guice, which a program that wants it adds itself. Begin at
 * {@link dev.ashlar.adaptive.guice.AllocatorModule}.
 */
package dev.ashlar.adaptive.guice;
