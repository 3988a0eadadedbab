/** Buffers of Netty from any allocator. */
package dev.ashlar.netty;
