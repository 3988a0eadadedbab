package dev.ashlar.testkit;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;

/**
 * Makes what the rules of memory are tested with. The rules are methods of interfaces, a group each, which all
 * extend this one.
 */
interface MemoryWorkloadFactory {

    /** A workload on a new allocator, which has every default but the limit. */
    MemoryWorkload workload(long limitBytes);

    /** A workload on a new allocator without a limit. */
    default MemoryWorkload workload() {
        return workload(AllocationException.NO_LIMIT);
    }

    /** What the allocators declare. */
    MemoryBounds declaredBounds();

    /** Does what an allocator does on a thread of its own. */
    void housekeepNow(Allocator allocator);
}
