package org.apache.arrow.memory;

import dev.ashlar.arrow.ArrowMemory;

/** Uses Arrow as a program does that does not know Ashlar, and prints where the memory came from. */
final class DefaultMemoryProgram {

    private DefaultMemoryProgram() {}

    public static void main(String[] arguments) {
        try (BufferAllocator root = new RootAllocator();
                BufferAllocator child = root.newChildAllocator("child", 0, 4096);
                ArrowBuf buffer = child.buffer(1000)) {
            buffer.setLong(992, 42);
            System.out.println("read " + buffer.getLong(992));
            System.out.println("blocks " + ArrowMemory.shared().stats().liveBlocks());
            System.out.println("bytes " + ArrowMemory.shared().limit().usedBytes());
        }
        System.out.println("left " + ArrowMemory.shared().stats().liveBlocks());
        System.out.println("found at "
                + DefaultAllocationManagerFactory.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation());
    }
}
