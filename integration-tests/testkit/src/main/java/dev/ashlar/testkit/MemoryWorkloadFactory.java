package dev.ashlar.testkit;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;

/**
 * Makes the workloads for the rules of memory. Each group of rules is an interface that extends this one.
 */
interface MemoryWorkloadFactory {

    /** A workload on a new allocator, which has every default but the limit. */
    MemoryWorkload workload(long limitBytes);

    /** A workload on a new allocator without a limit. */
    default MemoryWorkload workload() {
        return workload(AllocationException.NO_LIMIT);
    }

    /** The declared bounds of the allocators. */
    MemoryBounds declaredBounds();

    /** Runs the periodic work that an allocator does on its own thread. */
    void housekeepNow(Allocator allocator);
}
