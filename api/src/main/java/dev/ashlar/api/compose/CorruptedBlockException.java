package dev.ashlar.api.compose;

import java.io.Serial;

/**
 * Memory around a block was written, which a hardened allocator finds when the block is freed or resized. A block that
 * was to be freed is freed. A block that was to be resized is live and as it was, but if a fallback had moved it to its
 * other allocator, it is freed. The program has a bug.
 */
public final class CorruptedBlockException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    private final transient Finding finding;

    /**
     * An exception with a finding.
     *
     * @param finding what was found
     */
    public CorruptedBlockException(Finding finding) {
        super(finding.message());
        this.finding = finding;
    }

    /** What was found. Not there after serialization, unlike the message. */
    public Finding finding() {
        return finding;
    }
}
