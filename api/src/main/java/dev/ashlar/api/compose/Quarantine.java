package dev.ashlar.api.compose;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Freed blocks whose memory is not used again for some time, the oldest first. Invariant: {@code heldBytes <=
 * limitBytes}.
 *
 * <p><b>Concurrency.</b> A block that is added first reserves its bytes, and evicts others if there is no room. Bytes
 * of an evicted block are held until upstream took it back. So a request that was refused while nothing was held, and
 * nothing was evicted meanwhile, would also have been refused without a quarantine. No thread waits to add a block: if
 * others have taken the room, the block is not quarantined.
 */
final class Quarantine {

    /**
     * A block in quarantine.
     *
     * @param entry its entry, which is quarantined
     * @param memory upstream's block
     * @param allocatedBytes what it takes upstream
     */
    record Held(BlockTable.Entry entry, MemorySegment memory, long allocatedBytes) {}

    private final long limitBytes;
    private final Queue<Held> oldestFirst = new ConcurrentLinkedQueue<>();
    private final AtomicLong heldBytes = new AtomicLong();
    private final LongAdder allocatedBytes = new LongAdder();
    private final AtomicInteger evicting = new AtomicInteger();
    private final AtomicLong evictions = new AtomicLong();

    Quarantine(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /**
     * Adds a block.
     *
     * @param evict frees a block; false if it could not be freed yet
     * @return false if there is no room for it
     */
    boolean add(Held block, Predicate<Held> evict) {
        long byteSize = block.memory.byteSize();
        if (byteSize > limitBytes) {
            return false;
        }
        for (long held = heldBytes.get();
                held > limitBytes - byteSize || !heldBytes.compareAndSet(held, held + byteSize);
                held = heldBytes.get()) {
            if (held > limitBytes - byteSize && !evictOldest(evict)) {
                return false;
            }
        }
        allocatedBytes.add(block.allocatedBytes);
        oldestFirst.add(block);
        return true;
    }

    private boolean evictOldest(Predicate<Held> evict) {
        Held oldest = oldestFirst.poll();
        return oldest != null && evicted(oldest, evict);
    }

    private boolean evicted(Held block, Predicate<Held> evict) {
        evicting.incrementAndGet();
        boolean evicted = false;
        try {
            evicted = evict.test(block);
        } finally {
            if (evicted) {
                allocatedBytes.add(-block.allocatedBytes);
                heldBytes.addAndGet(-block.memory.byteSize());
                evictions.incrementAndGet();
            } else {
                oldestFirst.add(block);
            }
            evicting.decrementAndGet();
        }
        return evicted;
    }

    /** Evicts all blocks that are there now. Those that could not be freed yet stay. */
    void empty(Predicate<Held> evict) {
        List<Held> blocks = new ArrayList<>();
        evicting.incrementAndGet(); // what is taken from the queue is not yet freed
        try {
            for (Held block = oldestFirst.poll(); block != null; block = oldestFirst.poll()) {
                blocks.add(block);
            }
            while (!blocks.isEmpty()) {
                evicted(blocks.removeLast(), evict);
            }
        } finally {
            oldestFirst.addAll(blocks);
            evicting.decrementAndGet();
        }
    }

    /** How many blocks were evicted so far. */
    long evictions() {
        return evictions.get();
    }

    /** Waits for the evictions of other threads, which move memory upstream. */
    @SuppressWarnings("ThreadPriorityCheck") // only a hint: another thread may need this one's processor
    void awaitOthers() {
        while (evicting.get() > 0) {
            Thread.yield();
        }
    }

    /** Bytes that are held, with redzones. */
    long heldBytes() {
        return heldBytes.get();
    }

    /** What the blocks take upstream. */
    long allocatedBytes() {
        return allocatedBytes.sum();
    }

    /** Where upstream's blocks in quarantine start, in order. */
    long[] addresses() {
        return oldestFirst.stream()
                .mapToLong(block -> block.memory.address())
                .sorted()
                .toArray();
    }
}
