/**
 * The same figures for Micrometer, which a program that wants it adds itself. Begin at
 * {@link dev.ashlar.metrics.micrometer.Meters}.
 */
package dev.ashlar.metrics.micrometer;
