package dev.ashlar.spi.support;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.support.LeakReport;
import java.lang.ref.Cleaner;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Reports memory that an allocator loses: blocks that are live when it is closed, and the allocator itself, if it is
 * collected without having been closed.
 *
 * <p>The memory of an allocator that was dropped is not returned, because code may still use blocks by address. The JDK
 * does the same with an {@link java.lang.foreign.Arena#ofShared() arena} that is never closed.
 *
 * <p>It costs a stack walk when an allocator is made, and nothing for an allocation. The object that is registered with
 * the cleaner has no reference to the allocator, and is removed when the allocator is closed. So it keeps no class
 * loader alive.
 */
public final class LeakWatch {

    private static final Cleaner CLEANER = Cleaner.create();

    /** An allocator that is a part of another one, which reports its blocks and memory. */
    public interface Part {

        /** Ends the reports of this part. */
        void leaveReports();
    }

    private final String name;
    private final Dropped dropped;
    private final Cleaner.Cleanable cleanable;

    /**
     * Starts to watch an allocator that is being made.
     *
     * @param allocator what is watched
     * @param source where its memory comes from; its limit has the allocator's name
     */
    public LeakWatch(Object allocator, MeteredSource source) {
        name = "'" + source.limit().name() + "'";
        dropped = new Dropped(name, source.committed(), maker());
        cleanable = CLEANER.register(allocator, dropped);
    }

    private static String maker() {
        return StackWalker.getInstance()
                .walk(frames -> frames.map(StackWalker.StackFrame::toString)
                        .filter(frame -> !frame.startsWith("dev.ashlar."))
                        .findFirst()
                        .orElse("an unknown place"));
    }

    /**
     * The report for the close of the allocator: live blocks and their sizes. Empty if another allocator reports them.
     *
     * @param last its figures just before
     * @param walk shows a visitor the live blocks
     */
    public LeakReport ofLive(AllocatorStats last, Consumer<Inspectable.Visitor> walk) {
        return dropped.silent
                ? LeakReport.none()
                : LeakReport.closed(name, last, "The memory of live blocks is released.")
                        .sizes(walk);
    }

    /** Ends the watch, because the allocator is closed or another one reports for it. */
    public void end() {
        dropped.silent = true;
        cleanable.clean();
    }

    /** The facts that are still known after an allocator was collected. */
    private static final class Dropped implements Runnable {

        private final String name;
        private final LongSupplier committedBytes;
        private final String maker;
        volatile boolean silent;

        Dropped(String name, LongSupplier committedBytes, String maker) {
            this.name = name;
            this.committedBytes = committedBytes;
            this.maker = maker;
        }

        @Override
        public void run() {
            if (!silent) {
                LeakReport.dropped(name, committedBytes.getAsLong(), maker).log();
            }
        }
    }
}
