/** What allocating and freeing costs, beside Netty, malloc and the bare JDK. */
@NullMarked
package dev.ashlar.benchmarks;

import org.jspecify.annotations.NullMarked;
