package dev.ashlar.api;

import java.io.Serial;

/**
 * A request cannot be served now: a limit or the memory source is exhausted, or the request is larger than the
 * allocator ever serves. The allocator is unchanged.
 */
public final class AllocationException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    /** The {@link Refusal#limitBytes()} of an allocator that has none. */
    public static final long NO_LIMIT = Long.MAX_VALUE;

    private final Refusal refusal;

    /**
     * An exception that says why a request was refused.
     *
     * @param refusal the reason and the figures
     */
    public AllocationException(Refusal refusal) {
        super(refusal.message());
        this.refusal = refusal;
    }

    /** Why the request was refused. */
    public Refusal refusal() {
        return refusal;
    }
}
