/** A cache whose values are blocks of any allocator, over a file for what memory has no room for. */
package dev.ashlar.cache;
