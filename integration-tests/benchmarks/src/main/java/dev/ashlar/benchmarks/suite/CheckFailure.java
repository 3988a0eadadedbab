package dev.ashlar.benchmarks.suite;

import java.io.Serial;

/** An allocator did what it must not. */
final class CheckFailure extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    CheckFailure(String message) {
        super(message);
    }

    CheckFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
