package dev.ashlar.nativememory;

import dev.ashlar.nativememory.internal.KernelUsage;
import java.util.SortedMap;

/** What the kernel says of the memory that the source {@code mmap} has reserved for this process. */
public final class NativeMemory {

    private NativeMemory() {}

    /**
     * The memory at one moment, in bytes.
     *
     * @param reservedBytes address space
     * @param residentBytes what is backed with memory: of committed chunks, and of returned ones that are kept
     * @param transparentHugeBytes the part of it in {@link HugePages#TRANSPARENT} pages
     * @param explicitHugeBytes the part of it in {@link HugePages#EXPLICIT} pages
     * @param lockedBytes the part of it that is kept from being swapped out
     * @param bytesByNode resident bytes on each node of the machine; empty if this kernel knows of no nodes
     */
    public record Usage(
            long reservedBytes,
            long residentBytes,
            long transparentHugeBytes,
            long explicitHugeBytes,
            long lockedBytes,
            SortedMap<Integer, Long> bytesByNode) {}

    /**
     * Reads {@code /proc/self/smaps} and {@code numa_maps}. Costs time in proportion to the resident memory: some
     * milliseconds for each GiB.
     *
     * @throws UnsupportedOperationException if this is not Linux
     */
    public static Usage usage() {
        return KernelUsage.read();
    }
}
