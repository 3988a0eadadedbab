package dev.ashlar.cache;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Values that show by themselves whether they are whole: each byte follows from the key, the version and its place. */
final class Values {

    /** The key and the version come first. */
    static final int HEADER = 8;

    private Values() {}

    static void write(MemorySegment value, int key, int version) {
        value.set(ValueLayout.JAVA_INT_UNALIGNED, 0, key);
        value.set(ValueLayout.JAVA_INT_UNALIGNED, 4, version);
        for (long i = HEADER; i < value.byteSize(); i++) {
            value.set(ValueLayout.JAVA_BYTE, i, byteAt(key, version, i));
        }
    }

    static MemorySegment of(int key, int version, int size) {
        MemorySegment value = MemorySegment.ofArray(new byte[size]);
        write(value, key, version);
        return value;
    }

    /** The version of a value of a key. Throws if it is of another key or not whole. */
    static int versionOf(MemorySegment value, int key) {
        int found = value.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        if (found != key) {
            throw new AssertionError("key " + key + " has a value of key " + found);
        }
        int version = value.get(ValueLayout.JAVA_INT_UNALIGNED, 4);
        for (long i = HEADER; i < value.byteSize(); i++) {
            if (value.get(ValueLayout.JAVA_BYTE, i) != byteAt(key, version, i)) {
                throw new AssertionError("the value of key " + key + " differs at byte " + i);
            }
        }
        return version;
    }

    /** Half of the bytes are equal, so that compression saves something. */
    private static byte byteAt(int key, int version, long place) {
        long mixed = (key * 7L + version * 13L + place) * 0x9E3779B97F4A7C15L;
        return (byte) ((place & 64) == 0 ? key + 31 * version : mixed >>> 56);
    }
}
