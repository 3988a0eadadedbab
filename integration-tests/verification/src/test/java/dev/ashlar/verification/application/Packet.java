package dev.ashlar.verification.application;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A decoded packet: a key and a value, which is empty for a removal. Pooled, and used by one thread at a time.
 */
final class Packet {

    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED;

    private String key = "";
    private byte[] value = new byte[0];

    static long encodedSize(byte[] key, byte[] value) {
        return LENGTH.byteSize() + key.length + value.length;
    }

    static void encode(byte[] key, byte[] value, MemorySegment to) {
        to.set(LENGTH, 0, key.length);
        MemorySegment.copy(key, 0, to, ValueLayout.JAVA_BYTE, LENGTH.byteSize(), key.length);
        MemorySegment.copy(value, 0, to, ValueLayout.JAVA_BYTE, LENGTH.byteSize() + key.length, value.length);
    }

    void decode(MemorySegment from) {
        int keyLength = from.get(LENGTH, 0);
        MemorySegment keyBytes = from.asSlice(LENGTH.byteSize(), keyLength);
        key = new String(keyBytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        value = from.asSlice(LENGTH.byteSize() + keyLength).toArray(ValueLayout.JAVA_BYTE);
    }

    void clear() {
        key = "";
        value = new byte[0];
    }

    String key() {
        return key;
    }

    byte[] value() {
        return value;
    }
}
