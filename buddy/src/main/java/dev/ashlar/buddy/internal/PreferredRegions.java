package dev.ashlar.buddy.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The regions that threads try first. A thread has none until it finds another thread in a region. From then on it
 * starts where it last found room. So competing threads spread over the regions, while a thread that works alone fills
 * the oldest first. It drops the region when that has no room, or when another thread is in it.
 *
 * <p>Threads with congruent ids share an entry and overwrite each other: entries are only hints.
 */
final class PreferredRegions {

    /** More entries than threads that run at the same time on most machines; a power of two. */
    private static final int ENTRIES = 64;

    private final AtomicReferenceArray<@Nullable Region> regions = new AtomicReferenceArray<>(ENTRIES);

    /**
     * Whether threads have ever met. A benign race: a thread that does not see it yet starts with the oldest region.
     */
    private boolean used;

    @Nullable Region mine() {
        return used ? regions.getOpaque(entry()) : null;
    }

    void setMine(@Nullable Region region) {
        used = true;
        regions.setOpaque(entry(), region);
    }

    /** Removes a region from all entries. */
    void forget(Region region) {
        for (int i = 0; i < ENTRIES; i++) {
            regions.compareAndSet(i, region, null);
        }
    }

    private static int entry() {
        return (int) Thread.currentThread().threadId() & (ENTRIES - 1);
    }
}
