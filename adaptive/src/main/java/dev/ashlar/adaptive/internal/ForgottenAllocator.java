package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.support.LeakReport;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.ref.Cleaner;
import java.util.function.LongSupplier;

/**
 * Says in the log that an allocator was collected which nobody had closed, and where it was made: its memory is lost to
 * the process. It is not given back, because blocks may be in use that outlive the allocator.
 *
 * @param name its name
 * @param committed tells what it has taken from the source. What this refers to must not lead to the allocator, or
 *     that is never collected
 * @param maker where it was made
 */
record ForgottenAllocator(String name, LongSupplier committed, String maker) implements Runnable {

    private static final Cleaner CLEANER = Cleaner.create();

    /** Watches an allocator that is being made. */
    static void watch(Object allocator, MeteredSource source) {
        String maker = StackWalker.getInstance()
                .walk(frames -> frames.map(StackWalker.StackFrame::toString)
                        .filter(frame -> !frame.startsWith("dev.ashlar."))
                        .findFirst()
                        .orElse("an unknown place"));
        CLEANER.register(allocator, new ForgottenAllocator(source.limit().name(), source.committed(), maker));
    }

    @Override
    public void run() {
        long lost = committed.getAsLong(); // nothing once it was closed
        if (lost > 0) {
            System.getLogger(LeakReport.LOGGER)
                    .log(
                            System.Logger.Level.WARNING,
                            "'" + name + "' was dropped without being closed: " + lost + " bytes are lost. Made at "
                                    + maker);
        }
    }
}
