package dev.ashlar.buddy.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The regions that threads turn to first. A thread has none until it finds a region held by another; from then on it starts
 * where it found room, and so threads that meet spread over the regions, while a thread that works alone fills the oldest
 * first. It forgets its home when that has no room.
 *
 * <p>Threads whose ids are congruent share an entry, and entries are written without regard to each other: they are hints.
 */
final class Homes {

    /** More entries than threads that run at the same time on most machines; a power of two. */
    private static final int ENTRIES = 64;

    private final AtomicReferenceArray<@Nullable Region> regions = new AtomicReferenceArray<>(ENTRIES);

    @Nullable Region mine() {
        return regions.getOpaque(entry());
    }

    void setMine(@Nullable Region region) {
        regions.setOpaque(entry(), region);
    }

    /** Lets nobody turn to a region any more. */
    void forget(Region region) {
        for (int i = 0; i < ENTRIES; i++) {
            regions.compareAndSet(i, region, null);
        }
    }

    private static int entry() {
        return (int) Thread.currentThread().threadId() & (ENTRIES - 1);
    }
}
