package dev.ashlar.testkit;

import dev.ashlar.spi.support.RoomTree;

/** Makes trees that count how many of their nodes are looked at. For one thread. */
public final class CountedTrees {

    private long looks;

    /** No trees yet. */
    public CountedTrees() {}

    /**
     * A tree of ranges without room.
     *
     * @param capacity how many ranges it can have, 1 or more
     */
    public RoomTree tree(int capacity) {
        return new RoomTree(capacity) {
            @Override
            protected int at(int level, int index) {
                looks++;
                return super.at(level, index);
            }
        };
    }

    /** How often a node of one of these trees was looked at so far. */
    public long looks() {
        return looks;
    }
}
