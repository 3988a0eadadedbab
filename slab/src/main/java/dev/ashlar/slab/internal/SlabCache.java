package dev.ashlar.slab.internal;

import org.jspecify.annotations.Nullable;

/**
 * The slabs of one size class that a heap owns and does not allocate from at the moment: partly used ones, in lists by how
 * full they are (the fullness groups of Hoard, Berger et al. 2000). The fullest serve next, so that the others drain.
 *
 * <p>For the heap that owns it. Every operation takes constant time.
 *
 * <p>Invariant: list {@code i} holds slabs of which at least {@code i/LISTS} is used, and whose {@code lowWater} is the
 * number of used slots that this takes, at least one.
 */
final class SlabCache {

    /** Four groups tell nearly full from nearly empty; a slab moves between them at most four times while it drains. */
    private static final int LISTS = 4;

    /** What a cache takes on the heap: a header, a reference, and an array. */
    static final int METADATA_BYTES = 16 + 16 + LISTS * 4;

    private final @Nullable Slab[] lists = new @Nullable Slab[LISTS];

    /** Adds a slab that is partly used. */
    void add(Slab slab) {
        int list = (int) ((long) slab.used() * LISTS / slab.slots());
        slab.list = (byte) list;
        slab.lowWater = (short) Math.max(1, (list * slab.slots() + LISTS - 1) / LISTS);
        Slab head = lists[list];
        slab.next = head;
        if (head != null) {
            head.previous = slab;
        }
        lists[list] = slab;
    }

    /** Removes a slab, which then has no low water: no free moves it. */
    void remove(Slab slab) {
        Slab previous = slab.previous;
        Slab next = slab.next;
        if (previous == null) {
            lists[slab.list] = next;
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        slab.previous = null;
        slab.next = null;
        slab.lowWater = 0;
    }

    /** Removes a slab of the fullest there are, or null if there is none. */
    @Nullable Slab takeFullest() {
        for (int list = LISTS - 1; list >= 0; list--) {
            Slab slab = lists[list];
            if (slab != null) {
                remove(slab);
                return slab;
            }
        }
        return null;
    }

    /** Removes all slabs, as a list linked by {@code next}; or null if there are none. */
    @Nullable Slab takeAll() {
        Slab all = null;
        for (Slab slab = takeFullest(); slab != null; slab = takeFullest()) {
            slab.next = all;
            all = slab;
        }
        return all;
    }
}
