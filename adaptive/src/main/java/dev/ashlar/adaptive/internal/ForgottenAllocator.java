package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.support.MeteredSource;
import java.lang.ref.Cleaner;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log that an allocator was collected which nobody had closed, and where it was made: its memory is lost to the
 * process. It is not given back, because blocks may be in use that outlive the allocator. What this refers to must not lead to
 * the allocator, or that is never collected.
 */
final class ForgottenAllocator implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(ForgottenAllocator.class);

    private static final Cleaner CLEANER = Cleaner.create();

    private final MeteredSource source;
    private final Optional<String> maker;
    private volatile boolean closed;

    private ForgottenAllocator(MeteredSource source) {
        this.source = source;
        this.maker = StackWalker.getInstance()
                .walk(frames -> frames.map(StackWalker.StackFrame::toString)
                        .filter(frame -> !frame.startsWith("dev.ashlar."))
                        .findFirst());
    }

    /**
     * Watches an allocator.
     *
     * @param source where its memory comes from
     */
    static ForgottenAllocator watch(TieredAllocator allocator, MeteredSource source) {
        ForgottenAllocator watch = new ForgottenAllocator(source);
        CLEANER.register(allocator, watch);
        return watch;
    }

    /** It was closed. */
    void close() {
        closed = true;
    }

    @Override
    public void run() {
        if (!closed && source.committedBytes() > 0) {
            LOG.warn(
                    "an adaptive allocator was dropped without being closed, {} bytes are lost. It was made at {}",
                    source.committedBytes(),
                    maker.orElse("an unknown place"));
        }
    }
}
