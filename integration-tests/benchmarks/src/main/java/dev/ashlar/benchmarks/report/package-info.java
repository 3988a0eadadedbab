/** The results of a run of {@code integration-tests/benchmarks/run}: written as JSON, compared, and rendered. */
@NullMarked
package dev.ashlar.benchmarks.report;

import org.jspecify.annotations.NullMarked;
