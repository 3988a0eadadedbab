package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.Slab;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A slab with one byte for each slot that says whether the slot is live. Every release changes it by CAS. So if several
 * threads free one block, exactly one succeeds, also at the same instant.
 *
 * <h2>Design</h2>
 *
 * <p>The bytes are not next to the slots, so a client that writes beyond its block cannot damage them. Only the owner
 * takes slots. It makes a free slot live with a plain write. This works because each slot has a byte and not a bit:
 * with bits, another thread might release a neighbour at that moment, so taking a slot would need an atomic operation
 * too. The cost is memory: a byte for each slot, where {@code slab} has two bits.
 *
 * <p>Slots are taken lowest first, which packs a slab from its start. The search reads eight at a time.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>The only free slots before {@code cursor} are those that were released from outside since the last {@link
 *       #collect}.
 *   <li>The bytes from {@code slots} on mean that there is no slot.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>A free slot's byte is written by the owner only, a live one's by CAS only. What a client did before it released a
 * slot is ordered before that CAS, and the owner reads the byte with acquire before it hands the slot out again.
 */
public final class CasSlab extends Slab {

    private static final byte FREE = 0;
    private static final byte LIVE = 1;
    private static final byte NO_SLOT = 2;

    /** The lowest bit of each byte of a group, which is set for {@link #LIVE}. */
    private static final long LIVE_BITS = 0x0101010101010101L;

    private static final int GROUP = Long.BYTES;

    private static final VarHandle STATE = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final VarHandle STATES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] states;
    private char cursor;

    /**
     * A slab with all slots free.
     *
     * @param place where it lies
     */
    public CasSlab(Place place) {
        super(place);
        states = new byte[Math.max(1, (slots + GROUP - 1) / GROUP) * GROUP];
        Arrays.fill(states, slots, states.length, NO_SLOT);
    }

    @Override
    protected int take() {
        int slot = cursor;
        if ((byte) STATE.getAcquire(states, slot) != FREE) {
            slot = nextFree(slot);
            if (slot < 0) {
                return -1;
            }
            cursor = (char) slot;
        }
        states[slot] = LIVE;
        return slot;
    }

    @Override
    protected boolean isFull() {
        return nextFree(cursor) < 0;
    }

    /** The first free slot in the group of a slot or behind it, or -1. */
    private int nextFree(int slot) {
        for (int group = slot & -GROUP; group < states.length; group += GROUP) {
            long free = free(group);
            if (free != 0) {
                VarHandle.acquireFence();
                return group + Long.numberOfTrailingZeros(free) / Byte.SIZE;
            }
        }
        return -1;
    }

    /** For each free slot of a group the lowest bit of its byte. */
    private long free(int group) {
        long bytes = (long) STATES.get(states, group);
        return ~(bytes | bytes >>> 1) & LIVE_BITS;
    }

    /** For each live slot of a group the lowest bit of its byte. */
    private long live(int group) {
        return (long) STATES.get(states, group) & LIVE_BITS;
    }

    @Override
    protected boolean release(int slot) {
        if (!STATE.compareAndSet(states, slot, LIVE, FREE)) {
            return false;
        }
        if (slot < cursor) {
            cursor = (char) slot;
        }
        return true;
    }

    @Override
    protected Release releaseFromOutside(int slot) {
        if (!STATE.compareAndSet(states, slot, LIVE, FREE)) {
            return Release.REFUSED;
        }
        return live(slot & -GROUP) == 0 ? Release.PERHAPS_EMPTY : Release.DONE;
    }

    @Override
    protected int collect() {
        int count = 0;
        for (int group = states.length - GROUP; group >= 0; group -= GROUP) {
            long free = free(group);
            if (free != 0) {
                count += Long.bitCount(free);
                cursor = (char) (group + Long.numberOfTrailingZeros(free) / Byte.SIZE);
            }
        }
        VarHandle.acquireFence();
        return count;
    }

    @Override
    protected boolean isLive(int slot) {
        return (byte) STATE.getAcquire(states, slot) == LIVE;
    }

    @Override
    protected boolean hasRoom() {
        VarHandle.fullFence();
        return nextFree(0) >= 0;
    }

    @Override
    protected boolean isEmpty() {
        VarHandle.fullFence();
        for (int group = 0; group < states.length; group += GROUP) {
            if (live(group) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    protected void seal() {
        for (int slot = 0; slot < slots; slot++) {
            STATE.setVolatile(states, slot, NO_SLOT);
        }
    }

    @Override
    protected long slotMetadataBytes() {
        return 16L + states.length;
    }

    /**
     * Checks the invariants. For tests, when the slab is quiet.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants() {
        for (int slot = 0; slot < states.length; slot++) {
            if (states[slot] < FREE || states[slot] > NO_SLOT || (states[slot] == NO_SLOT) != (slot >= slots)) {
                throw new IllegalStateException("Invariant broken: bytes from slots up say that there is no slot");
            }
        }
    }
}
