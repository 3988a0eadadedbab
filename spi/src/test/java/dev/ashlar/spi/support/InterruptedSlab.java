package dev.ashlar.spi.support;

import org.jspecify.annotations.Nullable;

/** A slab that runs an action once, just after it was read, as if another thread were faster. */
final class InterruptedSlab extends TestSlab {

    private @Nullable Runnable whenSeenEmpty;
    private @Nullable Runnable whenSeenFull;
    private @Nullable Runnable whenCollected;

    InterruptedSlab(Place place) {
        super(place);
    }

    /** The action after the next check whether it is empty. */
    void whenSeenEmpty(Runnable action) {
        whenSeenEmpty = action;
    }

    /** The action after the next check whether it is full. */
    void whenSeenFull(Runnable action) {
        whenSeenFull = action;
    }

    /** The action after the next collect of its owner. */
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
    protected boolean isFull() {
        boolean full = super.isFull();
        Runnable action = whenSeenFull;
        whenSeenFull = null;
        if (action != null) {
            action.run();
        }
        return full;
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
