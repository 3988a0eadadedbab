/** Benchmarks of allocation and free, compared with Netty, malloc and the plain JDK. */
@NullMarked
package dev.ashlar.benchmarks;

import org.jspecify.annotations.NullMarked;
