package dev.ashlar.api.support;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;

/** What a free that throws means for its block: see {@link Allocator#free}. Stateless. */
public final class FailedFree {

    private FailedFree() {}

    /**
     * Whether the block is as it was, because the free was refused. Otherwise it is freed, and the exception tells
     * something about it.
     *
     * @param failure what a free threw
     */
    public static boolean isRefused(Throwable failure) {
        return failure instanceof InvalidBlockException
                || failure instanceof IllegalStateException
                || failure instanceof WrongThreadException
                || failure instanceof NullPointerException;
    }

    /**
     * Whether the block is gone: it is freed, or a close of its allocator has ended it.
     *
     * @param failure what a free threw
     * @param allocator the block's allocator
     */
    public static boolean isGone(Throwable failure, Allocator allocator) {
        return !isRefused(failure) || allocator.isClosed();
    }
}
