package dev.ashlar.spi.support;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.support.LeakReport;
import java.lang.ref.Cleaner;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What an allocator that owns memory tells of memory that is lost: blocks that are live when it is closed, and itself,
 * if it is collected and nobody had closed it.
 *
 * <p>The memory of an allocator that was dropped is not given back: code may still use blocks of which it has only the
 * addresses. So the JDK does with an {@link java.lang.foreign.Arena#ofShared() arena} that nobody closes.
 *
 * <p>Costs a look at the stack when an allocator is made, and nothing on each allocation. What is registered with the
 * cleaner leads to no allocator, and is gone when the allocator is closed; so it keeps no class loader.
 */
public final class LeakWatch {

    private static final Cleaner CLEANER = Cleaner.create();

    /** An allocator whose blocks and memory others report, because it is a part of theirs. */
    public interface Part {

        /** From now on this reports nothing. */
        void leaveReports();
    }

    private final String name;
    private final Dropped dropped;
    private final Cleaner.Cleanable cleanable;

    /**
     * Begins to watch an allocator that is being made.
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
     * What is to be logged when the allocator is closed: live blocks and their sizes. Nothing if another allocator
     * reports them.
     *
     * @param last its figures just before
     * @param walk shows a visitor the live blocks
     */
    public LeakReport ofLive(AllocatorStats last, Consumer<Inspectable.Visitor> walk) {
        return dropped.silent
                ? LeakReport.none()
                : LeakReport.closed(name, last, "What was live is gone now.").sizes(walk);
    }

    /** Ends the watch: the allocator is closed, or another one reports what it loses. */
    public void end() {
        dropped.silent = true;
        cleanable.clean();
    }

    /** What is left of an allocator. */
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
