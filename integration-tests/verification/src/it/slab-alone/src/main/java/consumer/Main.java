package consumer;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A program that chose its strategy when it was written. */
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        try (Allocator allocator = Slab.builder().limit("1MiB").build()) {
            MemorySegment block = allocator.allocate(64, 8);
            block.set(ValueLayout.JAVA_LONG, 0, 42L);
            System.out.println("slab is in the module " + Slab.class.getModule().getName() + ": " + block.byteSize()
                    + " bytes hold " + block.get(ValueLayout.JAVA_LONG, 0));
            allocator.free(block);
        }
    }
}
