package dev.ashlar.verification.jvm;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import java.util.function.Supplier;

/** An application with Ashlar in its own class loader. Starting it returns what closes it. */
public final class DeployedApplication implements Supplier<AutoCloseable> {

    /** For the container. */
    public DeployedApplication() {}

    @Override
    public AutoCloseable get() {
        AdaptiveAllocator allocator = Adaptive.allocator();
        allocator.freeAll(allocator.allocateAll(1_000, 8, 200));
        allocator.free(allocator.allocate(100_000, 8));
        return allocator;
    }
}
