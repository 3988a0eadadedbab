package dev.ashlar.arrow.consumer;

import dev.ashlar.arrow.ArrowMemory;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.RootAllocator;

/** Uses the bridge where everything but this package is in named modules. */
public final class ModulePathProgram {

    private ModulePathProgram() {}

    public static void main(String[] arguments) {
        try (ArrowMemory memory = ArrowMemory.standard();
                RootAllocator root = memory.rootAllocator();
                ArrowBuf buffer = root.buffer(1000)) {
            buffer.setLong(992, 42);
            System.out.println("read " + buffer.getLong(992));
            System.out.println("blocks " + memory.stats().liveBlocks());
            System.out.println("modules " + memory.getClass().getModule() + ", "
                    + root.getClass().getModule());
        }
    }
}
