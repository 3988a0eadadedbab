package dev.ashlar.replay;

import java.io.Serial;

/** An allocator that broke its contract: blocks that overlap, contents that changed, memory that did not come back. */
final class SubjectFailure extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    SubjectFailure(String message) {
        super(message);
    }
}
