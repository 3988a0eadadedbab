package dev.ashlar.api;

import java.io.Serial;

/**
 * An attempt to free or resize something that is no live block of the allocator, or not of that size. Nothing was
 * changed. The caller has a bug.
 */
public final class InvalidBlockException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1;

    /** The {@link #sizeClass()} where none is known. */
    public static final long UNKNOWN_SIZE = -1;

    /** What is wrong with the block. */
    public enum Reason {
        /** It is a block of this allocator, but it was freed before. */
        FREED_TWICE,
        /** The address lies in memory of this allocator, but no block starts there. */
        NO_BLOCK_START,
        /** A live block starts there, but it cannot have been requested with the size that was passed. */
        WRONG_SIZE,
        /** The address lies in no memory that this allocator holds. */
        FOREIGN
    }

    /** What is wrong with the block. */
    private final Reason reason;

    private final long address;
    private final long sizeClass;

    private InvalidBlockException(Reason reason, long address, long sizeClass, String message) {
        super(message);
        this.reason = reason;
        this.address = address;
        this.sizeClass = sizeClass;
    }

    /**
     * A block of this allocator that was freed before.
     *
     * @param address where it starts
     * @param sizeClass its allocated size in bytes, or {@link #UNKNOWN_SIZE}
     */
    public static InvalidBlockException freedTwice(long address, long sizeClass) {
        return new InvalidBlockException(
                Reason.FREED_TWICE,
                address,
                sizeClass,
                "Block at " + hex(address) + inClass(sizeClass)
                        + " is free: it was freed before. Look for a second owner.");
    }

    /**
     * An address in this allocator's memory where no block starts.
     *
     * @param address the address
     * @param sizeClass the size class of the place in bytes, or {@link #UNKNOWN_SIZE}
     * @param blockAddress where the nearest block before it starts or would start
     */
    public static InvalidBlockException noBlockStart(long address, long sizeClass, long blockAddress) {
        return new InvalidBlockException(
                Reason.NO_BLOCK_START,
                address,
                sizeClass,
                "No block starts at " + hex(address) + ": it lies " + (address - blockAddress) + " bytes into "
                        + hex(blockAddress) + inClass(sizeClass) + ". Free a block as it was handed out, not a slice.");
    }

    /**
     * An address outside the allocator's memory.
     *
     * @param address the address
     */
    public static InvalidBlockException foreign(long address) {
        return new InvalidBlockException(
                Reason.FOREIGN,
                address,
                UNKNOWN_SIZE,
                "Address " + hex(address) + " lies in no memory that this allocator holds. The block is another"
                        + " allocator's, or it was freed and its memory has gone back upstream.");
    }

    /**
     * A live block of the same memory that was not allocated through the view that it is freed through.
     *
     * @param address where it starts
     */
    public static InvalidBlockException otherView(long address) {
        return new InvalidBlockException(
                Reason.FOREIGN,
                address,
                UNKNOWN_SIZE,
                "Block at " + hex(address) + " was not allocated through this view: it is larger than all that is live"
                        + " here. Free it through the view that it was allocated through.");
    }

    /**
     * A live block that is freed with a size that it cannot have been requested with.
     *
     * @param address where it starts
     * @param byteSize the size that was passed
     * @param sizeClass its allocated size in bytes
     */
    public static InvalidBlockException wrongSize(long address, long byteSize, long sizeClass) {
        return new InvalidBlockException(
                Reason.WRONG_SIZE,
                address,
                sizeClass,
                "Block at " + hex(address) + inClass(sizeClass) + " is freed as one of " + byteSize
                        + " bytes, which it is not. Free a block with its requested size.");
    }

    /**
     * A live block that is freed with another size than the requested one, where that is known exactly.
     *
     * @param address where it starts
     * @param byteSize the size that was passed
     * @param requestedBytes the size that was requested
     */
    public static InvalidBlockException otherSize(long address, long byteSize, long requestedBytes) {
        return new InvalidBlockException(
                Reason.WRONG_SIZE,
                address,
                UNKNOWN_SIZE,
                "Block at " + hex(address) + " was requested with " + requestedBytes + " bytes and is freed with "
                        + byteSize + ". Free a block as it was handed out, not a slice.");
    }

    /**
     * The same exception with more text.
     *
     * @param sentences what else is known, added to the message
     */
    public InvalidBlockException withDetail(String sentences) {
        return new InvalidBlockException(reason, address, sizeClass, getMessage() + " " + sentences);
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }

    private static String inClass(long sizeClass) {
        return sizeClass == UNKNOWN_SIZE ? "" : " (size class " + sizeClass + " bytes)";
    }

    /** What is wrong with the block. */
    public Reason reason() {
        return reason;
    }

    /** The address that was passed in. */
    public long address() {
        return address;
    }

    /** The allocated size in bytes of blocks at that place, or {@link #UNKNOWN_SIZE}. */
    public long sizeClass() {
        return sizeClass;
    }
}
