package dev.ashlar.api.compose;

import java.util.Optional;

/**
 * A write to memory that the writer did not own, found by {@link Allocators#hardening}.
 *
 * @param kind where the write was
 * @param address where the block starts
 * @param byteSize its requested size
 * @param offset the first byte that was written, in bytes from the start of the block: negative before the block,
 *     {@code byteSize} or more behind it
 * @param bytes what lies there now, as hexadecimal text: the first bytes from {@code offset} on
 * @param allocatedAt where the block was allocated, the nearest frame first; empty if sites are not recorded
 * @param freedAt where it was freed; empty if it was not, or sites are not recorded
 */
public record Finding(
        Kind kind,
        long address,
        long byteSize,
        long offset,
        String bytes,
        Optional<String> allocatedAt,
        Optional<String> freedAt) {

    /** Where a write was. */
    public enum Kind {
        /** Before a block. */
        UNDERRUN,
        /** Behind a block. */
        OVERRUN,
        /** In a block that was freed, or just before or behind one. */
        WRITE_AFTER_FREE
    }

    /** All of this in sentences, with advice. */
    public String message() {
        return what() + " The block has " + byteSize + " bytes. From byte " + offset + " on there are now: " + bytes
                + "."
                + allocatedAt.map(site -> " It was allocated at " + site + ".").orElse("")
                + freedAt.map(site -> " It was freed at " + site + ".").orElse("")
                + advice();
    }

    private String what() {
        String block = " block at 0x" + Long.toHexString(address);
        return switch (kind) {
            case UNDERRUN -> "Bytes before the" + block + " were written.";
            case OVERRUN -> "Bytes behind the" + block + " were written.";
            case WRITE_AFTER_FREE -> "The freed" + block + " was written.";
        };
    }

    private String advice() {
        return (kind == Kind.WRITE_AFTER_FREE
                        ? " Look for a user that kept the block."
                        : " Look for a write outside its bounds.")
                + (allocatedAt.isEmpty() ? " The hardening level full records sites." : "");
    }
}
