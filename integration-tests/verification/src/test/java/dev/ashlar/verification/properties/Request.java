package dev.ashlar.verification.properties;

/** A request.
 * @param byteSize size in bytes
 * @param byteAlignment alignment in bytes, a power of two
 */
record Request(long byteSize, long byteAlignment) {}
