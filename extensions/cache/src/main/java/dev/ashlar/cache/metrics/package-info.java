/** The figures of a cache for {@code ashlar-metrics}. */
package dev.ashlar.cache.metrics;
