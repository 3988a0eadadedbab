/** Allocator, pools, caches and collector of a program watched together, from a start to a report. */
package dev.ashlar.insight.optimizer;
