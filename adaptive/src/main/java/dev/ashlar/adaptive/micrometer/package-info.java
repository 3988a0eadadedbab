/**
 * The figures of an adaptive allocator as Micrometer's meters. A program that wants them adds Micrometer itself. Begin
 * at {@link dev.ashlar.adaptive.micrometer.AllocatorMetrics}.
 */
package dev.ashlar.adaptive.micrometer;
