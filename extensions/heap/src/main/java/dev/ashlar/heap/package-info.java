/** Blocks with handles instead of addresses, and defragmentation. */
package dev.ashlar.heap;
