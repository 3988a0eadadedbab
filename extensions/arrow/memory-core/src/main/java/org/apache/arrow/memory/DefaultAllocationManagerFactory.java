package org.apache.arrow.memory;

import dev.ashlar.arrow.ArrowMemory;

/**
 * What Arrow looks for by its name, so that {@code new RootAllocator()} has the memory of {@link ArrowMemory#shared()}.
 * For the class path only: on the module path this package belongs to Arrow's module.
 */
public final class DefaultAllocationManagerFactory {

    /** Read by Arrow. */
    public static final AllocationManager.Factory FACTORY = ArrowMemory.shared().factory();

    private DefaultAllocationManagerFactory() {}
}
