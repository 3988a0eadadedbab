/** The pages behind the memory source {@code mmap}. The source itself is found by its name, and set by properties. */
package dev.ashlar.nativememory;
