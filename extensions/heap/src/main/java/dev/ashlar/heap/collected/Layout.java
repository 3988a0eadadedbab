package dev.ashlar.heap.collected;

import dev.ashlar.heap.HandleHeap;

/**
 * What an object has: fields for references, and data after them. Field {@code i} is at offset {@code 8 * i}.
 *
 * <p>The references come first so that the memory of a reader or a writer is the data alone. If references could be
 * anywhere, a writer could destroy one, and the collector would follow it.
 *
 * @param references number of fields for references, 0 to {@link #MOST_REFERENCES}
 * @param dataBytes bytes of data, 0 or more
 */
public record Layout(int references, long dataBytes) {

    /** The most fields that an object can have. */
    public static final int MOST_REFERENCES = (int) (HandleHeap.LARGEST_BLOCK / Long.BYTES);

    /** Checks the values. */
    public Layout {
        if (references < 0 || references > MOST_REFERENCES) {
            throw new IllegalArgumentException(
                    "references is " + references + ", must be 0 to " + MOST_REFERENCES + ". Use several objects");
        }
        long mostData = HandleHeap.LARGEST_BLOCK - referenceBytes(references);
        if (dataBytes < 0 || dataBytes > mostData) {
            throw new IllegalArgumentException("dataBytes is " + dataBytes + ", must be 0 to " + mostData + " with "
                    + references + " references. Use several objects");
        }
    }

    /** An array of references, without data. */
    public static Layout array(int length) {
        return new Layout(length, 0);
    }

    /** Bytes of an object. */
    public long byteSize() {
        return referenceBytes(references) + dataBytes;
    }

    static long referenceBytes(long references) {
        return references * Long.BYTES;
    }
}
