/** The buffers of Apache Parquet. Begin at {@link dev.ashlar.parquet.ParquetBuffers}. */
@NullMarked
package dev.ashlar.parquet;

import org.jspecify.annotations.NullMarked;
