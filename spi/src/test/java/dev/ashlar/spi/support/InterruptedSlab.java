package dev.ashlar.spi.support;

/** A slab in which something happens once, at the moment after it was looked at: another thread is faster. */
final class InterruptedSlab extends TestSlab {

    private static final Runnable NOTHING = () -> {};

    private Runnable whenSeenEmpty = NOTHING;
    private Runnable whenCollected = NOTHING;

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
        whenSeenEmpty = NOTHING;
        action.run();
        return empty;
    }

    @Override
    protected boolean collect() {
        boolean room = super.collect();
        Runnable action = whenCollected;
        whenCollected = NOTHING;
        action.run();
        return room;
    }
}
