package consumer;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A program that asks for each strategy by its name. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        List.of("slab", "lockfree", "buddy", "tlsf", "arena", "adaptive").forEach(Main::use);
    }

    private static void use(String name) {
        AllocatorProvider provider = AllocatorProviders.require(name);
        String module = provider.getClass().getModule().getName();
        try (Allocator allocator = provider.create(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42L);
            System.out.println(name + " is in the module " + module + ": " + block.byteSize() + " bytes hold "
                    + block.get(ValueLayout.JAVA_LONG, 0));
            allocator.free(block);
        }
    }
}
