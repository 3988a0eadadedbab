package dev.ashlar.api;

import java.io.Serial;

/**
 * An attempt to release an object that is not acquired from the pool now. Nothing was changed. The caller has a bug.
 */
public final class InvalidReleaseException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Says what was released.
     *
     * @param message what is wrong with the object, and what to do
     */
    public InvalidReleaseException(String message) {
        super(message);
    }
}
