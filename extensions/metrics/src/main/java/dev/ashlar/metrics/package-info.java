/**
 * The figures of any allocator, pool or limit, for JMX and the flight recorder, and the health of an allocator. Begin
 * at {@link dev.ashlar.metrics.Watched} or {@link dev.ashlar.metrics.HealthCheck}.
 */
package dev.ashlar.metrics;
