package dev.ashlar.api.support;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Who holds an allocator open.
 *
 * <p><b>Concurrency.</b> A hold counts itself and then looks whether the allocator is closing; a close says that it is
 * and then counts. So of a hold and a close at the same instant at least one sees the other and gives way, perhaps
 * both. Begins and ends are counted apart, and ends are read first, so that no hold is missed by a close. Threads that
 * hold and release do not meet on one word.
 */
public final class Holds implements Holdable {

    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final List<Holdable> below;
    private volatile boolean closing;

    /**
     * Nobody holds it.
     *
     * @param below where its memory comes from, as far as that can be closed on its own; a hold holds these too
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
     * Lets nobody hold the allocator from now on. To be called first by each close; a second call does nothing.
     *
     * @throws IllegalStateException if it is held; then it can be held as before
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
