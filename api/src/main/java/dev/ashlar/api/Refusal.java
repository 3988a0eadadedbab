package dev.ashlar.api;

import java.io.Serial;
import java.io.Serializable;

/**
 * Why a request is not served: which limit or memory source has no memory for it, or which value of it is too large. It
 * is the content of an {@link AllocationException}, without an exception.
 *
 * <p>Immutable. The figures are those of the moment at which this was made.
 */
public final class Refusal implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** The {@link #name()} of a limit that has no name of its own. */
    public static final String UNNAMED = "limit";

    /** What refuses. */
    public enum Reason {
        /** A limit would be passed. Freeing blocks helps, or a higher limit. */
        LIMIT,
        /** The memory source has no memory. */
        SOURCE,
        /** The allocator never serves such a request, whatever is free. */
        TOO_LARGE
    }

    /** What is counted. */
    public enum Unit {
        /** Bytes of an unknown kind. */
        BYTES(""),
        /** Bytes of live blocks, as a limited view counts them. */
        BLOCKS(" of blocks"),
        /** Bytes that an allocator has taken from its source. It needs more than its blocks do. */
        MEMORY(" of memory taken from the source");

        private final String text;

        Unit(String text) {
            this.text = text;
        }
    }

    private final Reason reason;
    private final Unit unit;
    private final String name;
    private final long requestedBytes;
    private final long usedBytes;
    private final long limitBytes;
    private final String message;

    private Refusal(
            Reason reason,
            Unit unit,
            String name,
            long requestedBytes,
            long usedBytes,
            long limitBytes,
            String message) {
        this.reason = reason;
        this.unit = unit;
        this.name = name;
        this.requestedBytes = requestedBytes;
        this.usedBytes = usedBytes;
        this.limitBytes = limitBytes;
        this.message = message;
    }

    /**
     * A limit without a name would be passed.
     *
     * @param requestedBytes requested bytes
     * @param usedBytes bytes that count against the limit now
     * @param limitBytes the limit
     */
    public static Refusal limitReached(long requestedBytes, long usedBytes, long limitBytes) {
        return limitReached(UNNAMED, Unit.BYTES, requestedBytes, requestedBytes, usedBytes, limitBytes);
    }

    /**
     * A limit would be passed by the chunk or the rounded block that a request needs.
     *
     * @param name the limit's name, or {@link #UNNAMED}
     * @param unit what the limit counts
     * @param requestedBytes requested bytes
     * @param chunkBytes bytes of the smallest chunk or block that would serve them
     * @param usedBytes bytes that count against the limit now
     * @param limitBytes the limit, or {@link AllocationException#NO_LIMIT} if there is none and the sum is too large
     */
    public static Refusal limitReached(
            String name, Unit unit, long requestedBytes, long chunkBytes, long usedBytes, long limitBytes) {
        return new Refusal(
                Reason.LIMIT,
                unit,
                name,
                requestedBytes,
                usedBytes,
                limitBytes,
                "Cannot allocate " + requestedBytes + " bytes"
                        + (name.equals(UNNAMED) ? "" : " under the limit '" + name + "'")
                        + ": " + whyPassed(unit, requestedBytes, chunkBytes, usedBytes, limitBytes));
    }

    private static String whyPassed(Unit unit, long requestedBytes, long chunkBytes, long usedBytes, long limitBytes) {
        if (limitBytes == AllocationException.NO_LIMIT) {
            return usedBytes + " bytes are used, and both together are more than any memory has. No limit is set.";
        }
        String chunk =
                unit == Unit.BLOCKS ? chunkBytes + " bytes after rounding" : "a chunk of " + chunkBytes + " bytes";
        if (chunkBytes > requestedBytes && chunkBytes > limitBytes) {
            return "they need " + chunk + ", and the limit is " + limitBytes + " bytes" + unit.text
                    + ". Raise the limit.";
        }
        return usedBytes + " of " + limitBytes + " bytes" + unit.text + " are used"
                + (chunkBytes > requestedBytes ? ", and they need " + chunk : "")
                + ". Free blocks, " + (unit == Unit.BLOCKS ? "" : "trim other allocators of the same limit, ")
                + "or raise the limit.";
    }

    /**
     * The memory source has no memory with an alignment.
     *
     * @param source the name of the source
     * @param requestedBytes requested bytes
     * @param byteAlignment the requested alignment in bytes; the message has it if it is larger than the request
     * @param usedBytes bytes taken from the source now
     */
    public static Refusal sourceExhausted(String source, long requestedBytes, long byteAlignment, long usedBytes) {
        return new Refusal(
                Reason.SOURCE,
                Unit.MEMORY,
                source,
                requestedBytes,
                usedBytes,
                AllocationException.NO_LIMIT,
                "Cannot allocate " + requestedBytes + " bytes"
                        + (byteAlignment > Math.max(1, requestedBytes) ? " at a multiple of " + byteAlignment : "")
                        + ": the memory source '" + source + "' gave no memory (" + usedBytes
                        + " bytes are taken from it).");
    }

    /**
     * A request is larger, or more strictly aligned, than the allocator can ever serve.
     *
     * @param what what is too large, such as {@code "byteSize"}
     * @param requested the requested value
     * @param largest the largest value that is served
     * @param advice what to do about it, a sentence
     */
    public static Refusal tooLarge(String what, long requested, long largest, String advice) {
        return new Refusal(
                Reason.TOO_LARGE,
                Unit.BYTES,
                what,
                requested,
                0,
                largest,
                "Cannot allocate: " + what + " is " + requested + ", at most " + largest + " is served here. "
                        + advice);
    }

    /**
     * The same reason for the client of a decorator that adds bytes to each block.
     *
     * @param clientBytes what the client requested, in all
     * @param addedBytes what the decorator adds to a block
     * @param added the added bytes in words, such as {@code "redzones"}
     */
    public Refusal forClient(long clientBytes, long addedBytes, String added) {
        if (reason == Reason.TOO_LARGE) {
            return name.equals("byteSize")
                    ? tooLarge(
                            name,
                            Math.max(0, requestedBytes - addedBytes),
                            Math.max(0, limitBytes - addedBytes),
                            "Each block has " + addedBytes + " bytes of " + added + " here.")
                    : this;
        }
        String start = "Cannot allocate " + requestedBytes + " bytes";
        String rest = message.startsWith(start) ? message.substring(start.length()) : ": " + message;
        String more = requestedBytes == clientBytes ? "" : " (" + requestedBytes + " with " + added + ")";
        return new Refusal(
                reason,
                unit,
                name,
                clientBytes,
                usedBytes,
                limitBytes,
                "Cannot allocate " + clientBytes + " bytes" + more + rest);
    }

    /**
     * The same reason for a batch, with the bytes of the whole batch. If one size is too large, the figures of that
     * size stay.
     */
    Refusal ofBatch(long batchBytes) {
        return switch (reason) {
            case LIMIT -> limitReached(name, unit, batchBytes, batchBytes, usedBytes, limitBytes);
            case SOURCE -> sourceExhausted(name, batchBytes, 1, usedBytes);
            case TOO_LARGE -> this;
        };
    }

    /** What refuses. */
    public Reason reason() {
        return reason;
    }

    /** The name of the limit or of the memory source that refuses, or of the value that is too large. */
    public String name() {
        return name;
    }

    /** What the used bytes and the limit are bytes of. */
    public Unit unit() {
        return unit;
    }

    /** Requested bytes. */
    public long requestedBytes() {
        return requestedBytes;
    }

    /** Bytes that counted against the limit, or were taken from the source, at that moment. */
    public long usedBytes() {
        return usedBytes;
    }

    /** The limit in bytes, or {@link AllocationException#NO_LIMIT}. */
    public long limitBytes() {
        return limitBytes;
    }

    /** All of this in a sentence, with advice. */
    public String message() {
        return message;
    }

    @Override
    public String toString() {
        return message;
    }
}
