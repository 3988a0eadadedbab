package dev.ashlar.replay;

import java.io.Serial;

/** A trace that cannot be read. The message holds the file, the line where there is one, and the reason. */
final class TraceException extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    TraceException(String message) {
        super(message);
    }
}
