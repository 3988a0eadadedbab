package dev.ashlar.heap;

import java.io.Serial;

/**
 * Thrown for the handle of a block that was freed, and for one of another heap. Nothing changes. Heaps are numbered,
 * and the numbers repeat after 524,288 heaps of a process.
 */
public final class StaleHandleException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1;

    /** For a handle that has no live block. */
    public StaleHandleException(Handle handle) {
        super(handle + " has no live block here: it was freed, or it is of another heap");
    }
}
