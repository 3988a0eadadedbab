/** The memory of Apache Arrow's allocators. Begin at {@link dev.ashlar.arrow.ArrowMemory}. */
package dev.ashlar.arrow;
