package dev.ashlar.netty;

import dev.ashlar.api.Refusal;
import java.io.Serial;

/**
 * A buffer was refused, because a limit or the memory source of the allocator has no room for it. Netty closes a
 * channel whose read fails with an {@link OutOfMemoryError}, so the others have its memory.
 *
 * <p>The Java heap is not exhausted: the JVM's options for that, such as {@code -XX:+ExitOnOutOfMemoryError}, do not
 * apply. The allocator is as it was.
 */
public final class AllocationError extends OutOfMemoryError {

    @Serial
    private static final long serialVersionUID = 1;

    private final Refusal refusal;

    AllocationError(Refusal refusal) {
        super(refusal.message());
        this.refusal = refusal;
    }

    /** Why the buffer was refused. */
    public Refusal refusal() {
        return refusal;
    }
}
