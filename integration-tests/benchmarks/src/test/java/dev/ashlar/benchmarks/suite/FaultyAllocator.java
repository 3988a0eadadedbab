package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A plain allocator under a lock with a fault that happens again and again. Its memory is its own, so that what a fault
 * destroys belongs to no one else. One is used after another, because they share that memory: its pages are costly to
 * touch anew.
 */
final class FaultyAllocator implements RawAllocator {

    private static final long REGION_BYTES = 256 << 20;
    private static final long GRANULE = 16;

    /** The fault happens in each call of this number, so that blocks are live when it happens. */
    private static final int EVERY = 13;

    private static final long REGION =
            Arena.global().allocate(REGION_BYTES, GRANULE).address();

    private final Fault fault;

    /** Freed blocks by size. */
    private final Map<Long, Deque<Long>> free = new HashMap<>();

    /** Live blocks. A free moves the last one to the place of the freed one. */
    private final List<Live> live = new ArrayList<>();

    /** Their places in the list, by address. */
    private final Map<Long, Integer> places = new HashMap<>();

    private long used;
    private int calls;

    FaultyAllocator(Fault fault) {
        this.fault = fault;
    }

    private record Live(long address, long byteSize) {}

    enum Fault {
        NONE,
        /** A block is handed out that is live. */
        OVERLAP,
        /** A byte of a live block changes. */
        LOST_BYTE,
        /** The address 0 is handed out. */
        NULL
    }

    @Override
    public synchronized long allocate(long byteSize, long byteAlignment) {
        if (++calls % EVERY == 0) {
            if (fault == Fault.NULL) {
                return 0;
            }
            Live victim = live.isEmpty() ? null : live.get(calls / EVERY % live.size());
            if (fault == Fault.OVERLAP && victim != null && victim.byteSize >= byteSize) {
                return victim.address;
            }
            if (fault == Fault.LOST_BYTE && victim != null) {
                byte found = FirstByte.MEMORY.get(ValueLayout.JAVA_BYTE, victim.address);
                FirstByte.MEMORY.set(ValueLayout.JAVA_BYTE, victim.address, (byte) ~found);
            }
        }
        Long address =
                free.computeIfAbsent(byteSize, size -> new ArrayDeque<>()).poll();
        if (address == null) {
            address = REGION + used;
            used += (byteSize + GRANULE - 1) & -GRANULE;
            if (used > REGION_BYTES) {
                throw new IllegalStateException("more than " + REGION_BYTES + " bytes are used");
            }
        }
        places.put(address, live.size());
        live.add(new Live(address, byteSize));
        return address;
    }

    @Override
    public synchronized void free(long address, long byteSize) {
        Integer place = places.remove(address);
        if (place == null) {
            return; // handed out twice, and freed by the other one
        }
        Live last = live.removeLast();
        if (last.address != address) {
            live.set(place, last);
            places.put(last.address, place);
        }
        free.computeIfAbsent(byteSize, size -> new ArrayDeque<>()).push(address);
    }

    @Override
    public void close() {
        // The next one has the memory.
    }
}
