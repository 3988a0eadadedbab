package dev.ashlar.replay;

import java.io.Serial;

/** A replay that a strategy broke off. The message says at which event, and what happened. */
final class ReplayFailure extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    ReplayFailure(String where, Throwable cause) {
        super(where + ": " + (cause instanceof SubjectFailure ? cause.getMessage() : cause.toString()), cause);
    }

    /** A failure at an event of a trace; one that says already where it happened stays as it is. */
    static ReplayFailure at(Trace trace, int event, Throwable cause) {
        return cause instanceof ReplayFailure failure ? failure : new ReplayFailure(trace.describe(event), cause);
    }
}
