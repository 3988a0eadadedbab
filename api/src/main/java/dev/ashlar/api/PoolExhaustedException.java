package dev.ashlar.api;

import java.io.Serial;

/** An acquire was refused by the bound on live objects. The pool is unchanged. */
public final class PoolExhaustedException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    private final int maxLive;

    /**
     * The bound on live objects was reached.
     *
     * @param maxLive the bound
     */
    public PoolExhaustedException(int maxLive) {
        super("All " + maxLive + " objects of the pool are live (maxLive). Release objects sooner, acquire with a"
                + " timeout, or raise maxLive.");
        this.maxLive = maxLive;
    }

    /** The bound on live objects. */
    public int maxLive() {
        return maxLive;
    }
}
