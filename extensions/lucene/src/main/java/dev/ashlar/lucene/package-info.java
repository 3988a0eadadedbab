/** A directory of Apache Lucene in memory. Begin at {@link dev.ashlar.lucene.AshlarDirectory}. */
package dev.ashlar.lucene;
