/** Multi-threaded workloads by which allocators are commonly compared, as a program. */
@NullMarked
package dev.ashlar.benchmarks.suite;

import org.jspecify.annotations.NullMarked;
