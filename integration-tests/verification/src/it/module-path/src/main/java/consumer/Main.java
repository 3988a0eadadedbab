package consumer;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A program that asks for an allocator by name. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        AllocatorProvider provider = AllocatorProviders.require("slab");
        System.out.println(
                "slab is in the module " + provider.getClass().getModule().getName());
        try (Allocator allocator = provider.create(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42L);
            System.out.println(block.byteSize() + " bytes hold " + block.get(ValueLayout.JAVA_LONG, 0));
            allocator.free(block);
        }
    }
}
