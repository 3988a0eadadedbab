package dev.ashlar.spi.support;

import org.jspecify.annotations.Nullable;

/** A slab in which something happens once, at the moment after it was looked at: another thread is faster. */
final class InterruptedSlab extends TestSlab {

    private @Nullable Runnable whenSeenEmpty;
    private @Nullable Runnable whenCollected;

    InterruptedSlab(Place place) {
        super(place);
    }

    /** What happens after the next look whether it is empty. */
    void whenSeenEmpty(Runnable action) {
        whenSeenEmpty = action;
    }

    /** What happens after the next time that its owner collects. */
    void whenCollected(Runnable action) {
        whenCollected = action;
    }

    @Override
    protected boolean isEmpty() {
        boolean empty = super.isEmpty();
        Runnable action = whenSeenEmpty;
        whenSeenEmpty = null;
        if (action != null) {
            action.run();
        }
        return empty;
    }

    @Override
    protected int collect() {
        int room = super.collect();
        Runnable action = whenCollected;
        whenCollected = null;
        if (action != null) {
            action.run();
        }
        return room;
    }
}
