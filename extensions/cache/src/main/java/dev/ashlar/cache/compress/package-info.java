/** LZ4 and Zstandard for values of a cache, by the library aircompressor. */
package dev.ashlar.cache.compress;
