/** Buffers of Jetty from any allocator. */
package dev.ashlar.jetty;
