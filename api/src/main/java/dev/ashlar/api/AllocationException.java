package dev.ashlar.api;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be served now, because a limit or the memory source is exhausted or because it is larger than
 * the allocator serves at all. The allocator is as it was before the request.
 */
public final class AllocationException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    /** The {@link #limitBytes()} of an allocator that has none. */
    public static final long NO_LIMIT = Long.MAX_VALUE;

    private final long requestedBytes;
    private final long usedBytes;
    private final long limitBytes;

    private AllocationException(
            String message, long requestedBytes, long usedBytes, long limitBytes, @Nullable Throwable cause) {
        super(message, cause);
        this.requestedBytes = requestedBytes;
        this.usedBytes = usedBytes;
        this.limitBytes = limitBytes;
    }

    /**
     * A limit would have been passed.
     *
     * @param requestedBytes bytes asked for
     * @param usedBytes bytes that count against the limit now
     * @param limitBytes the limit
     */
    public static AllocationException limitReached(long requestedBytes, long usedBytes, long limitBytes) {
        return limitReached(requestedBytes, requestedBytes, usedBytes, limitBytes);
    }

    /**
     * A limit would have been passed by the chunk that a request needs.
     *
     * @param requestedBytes bytes asked for
     * @param chunkBytes bytes of the smallest chunk that would have served them
     * @param usedBytes bytes that count against the limit now
     * @param limitBytes the limit, or {@link #NO_LIMIT} if the sum is what is too much
     */
    public static AllocationException limitReached(
            long requestedBytes, long chunkBytes, long usedBytes, long limitBytes) {
        return new AllocationException(
                "Cannot allocate " + requestedBytes + " bytes: "
                        + whyPassed(requestedBytes, chunkBytes, usedBytes, limitBytes),
                requestedBytes,
                usedBytes,
                limitBytes,
                null);
    }

    private static String whyPassed(long requestedBytes, long chunkBytes, long usedBytes, long limitBytes) {
        if (limitBytes == NO_LIMIT) {
            return usedBytes + " bytes are used, and both together are more than any memory has. No limit is set.";
        }
        String chunk = "a chunk of " + chunkBytes + " bytes";
        if (chunkBytes > requestedBytes && chunkBytes > limitBytes) {
            return "they need " + chunk + ", and the limit is " + limitBytes + " bytes. Raise the limit.";
        }
        return usedBytes + " of " + limitBytes + " bytes are used"
                + (chunkBytes > requestedBytes ? ", and they need " + chunk : "")
                + ". Free blocks, trim other allocators of the same limit, or raise the limit.";
    }

    /**
     * The memory source gave nothing.
     *
     * @param requestedBytes bytes asked for
     * @param usedBytes bytes taken from the source now
     * @param source the name of the source
     * @param cause what the source said, or null
     */
    public static AllocationException sourceExhausted(
            long requestedBytes, long usedBytes, String source, @Nullable Throwable cause) {
        return sourceExhausted(requestedBytes, 1, usedBytes, source, cause);
    }

    /**
     * The memory source gave nothing of an alignment.
     *
     * @param requestedBytes bytes asked for
     * @param byteAlignment the alignment asked for in bytes; the message has it if it is larger than the request
     * @param usedBytes bytes taken from the source now
     * @param source the name of the source
     * @param cause what the source said, or null
     */
    public static AllocationException sourceExhausted(
            long requestedBytes, long byteAlignment, long usedBytes, String source, @Nullable Throwable cause) {
        return new AllocationException(
                "Cannot allocate " + requestedBytes + " bytes"
                        + (byteAlignment > Math.max(1, requestedBytes) ? " at a multiple of " + byteAlignment : "")
                        + ": the memory source '" + source + "' gave no memory (" + usedBytes
                        + " bytes are taken from it)."
                        + (cause == null ? "" : " It said: " + cause.getMessage()),
                requestedBytes,
                usedBytes,
                NO_LIMIT,
                cause);
    }

    /**
     * The request is larger, or more strictly aligned, than the allocator can ever serve.
     *
     * @param what what is too large, such as {@code "byteSize"}
     * @param requested the value asked for
     * @param largest the largest value that is served
     * @param advice what to do about it, a sentence
     */
    public static AllocationException tooLarge(String what, long requested, long largest, String advice) {
        return new AllocationException(
                "Cannot allocate: " + what + " is " + requested + ", at most " + largest + " is served here. " + advice,
                requested,
                0,
                largest,
                null);
    }

    /** Bytes asked for. */
    public long requestedBytes() {
        return requestedBytes;
    }

    /** Bytes that counted against the limit at the time. */
    public long usedBytes() {
        return usedBytes;
    }

    /** The limit in bytes, or {@link #NO_LIMIT}. */
    public long limitBytes() {
        return limitBytes;
    }
}
