package dev.ashlar.verification.properties;

/**
 * What is asked for.
 *
 * @param byteSize size in bytes
 * @param byteAlignment alignment in bytes, a power of two
 */
record Request(long byteSize, long byteAlignment) {}
