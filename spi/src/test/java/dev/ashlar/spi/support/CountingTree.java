package dev.ashlar.spi.support;

/** A tree that tells of each node that is looked at, for tests that count steps. */
final class CountingTree extends RoomTree {

    private final Runnable onLook;

    CountingTree(int capacity, Runnable onLook) {
        super(capacity);
        this.onLook = onLook;
    }

    @Override
    protected int at(int level, int index) {
        onLook.run();
        return super.at(level, index);
    }
}
