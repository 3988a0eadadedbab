package dev.ashlar.api.support;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what holds an allocator open.
 *
 * <p><b>Concurrency.</b> A hold is counted first and then looks whether the allocator is closing. A close first sets
 * that mark and then reads the count. So if both happen at the same instant, at least one of them sees the other and
 * fails, perhaps both. Begins and ends have separate counters, and a close reads the ends first, so it misses no hold.
 * Threads that hold and release do not share one word.
 */
public final class Holds implements Holdable {

    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final List<Holdable> below;
    private volatile boolean closing;

    /**
     * No holds.
     *
     * @param below the allocators that its memory comes from and that can be closed on their own; a hold holds these
     *     too
     */
    public Holds(List<Holdable> below) {
        this.below = List.copyOf(below);
    }

    @Override
    public void hold() {
        begun.increment();
        if (closing) {
            ended.increment();
            throw new IllegalStateException("The allocator is closed");
        }
        int held = 0;
        try {
            for (; held < below.size(); held++) {
                below.get(held).hold();
            }
        } catch (RuntimeException | Error e) {
            release(held);
            throw e;
        }
    }

    @Override
    public void release() {
        release(below.size());
    }

    private void release(int held) {
        below.subList(0, held).forEach(Holdable::release);
        ended.increment();
    }

    /**
     * Refuses holds from now on. Each close calls this first. A second call does nothing.
     *
     * @throws IllegalStateException if it is held; then holds are allowed as before
     */
    public synchronized void close() {
        if (closing) {
            return;
        }
        closing = true;
        long over = ended.sum();
        long held = begun.sum() - over;
        if (held > 0) {
            closing = false;
            throw new IllegalStateException("The allocator is not closed, because arenas over it are open: " + held
                    + ". Close them, and then the allocator.");
        }
    }
}
