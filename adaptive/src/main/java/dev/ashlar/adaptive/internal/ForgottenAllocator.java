package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.support.LeakReport;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.ref.Cleaner;

/**
 * Says in the log that an allocator was collected which nobody had closed, and where it was made: its memory is lost to
 * the process. It is not given back, because blocks may be in use that outlive the allocator.
 *
 * @param source where its memory comes from. What this refers to must not lead to the allocator, or that is never
 *     collected
 * @param maker where it was made
 */
record ForgottenAllocator(MeteredSource source, String maker) implements Runnable {

    private static final Cleaner CLEANER = Cleaner.create();

    /** Watches an allocator that is being made. */
    static void watch(Object allocator, MeteredSource source) {
        String maker = StackWalker.getInstance()
                .walk(frames -> frames.map(StackWalker.StackFrame::toString)
                        .filter(frame -> !frame.startsWith("dev.ashlar."))
                        .findFirst()
                        .orElse("an unknown place"));
        CLEANER.register(allocator, new ForgottenAllocator(source, maker));
    }

    @Override
    public void run() {
        long lost = source.committedBytes(); // nothing once it was closed
        if (lost > 0) {
            System.getLogger(LeakReport.LOGGER)
                    .log(
                            System.Logger.Level.WARNING,
                            "An adaptive allocator was dropped without being closed: " + lost
                                    + " bytes are lost. Made at " + maker);
        }
    }
}
