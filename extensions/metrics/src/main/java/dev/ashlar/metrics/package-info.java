/**
 * The figures of any allocator, pool or limit, for JMX and the flight recorder. Begin at
 * {@link dev.ashlar.metrics.Watched}.
 */
package dev.ashlar.metrics;
