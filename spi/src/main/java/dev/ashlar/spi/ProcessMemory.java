package dev.ashlar.spi;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much memory this process may use off the Java heap. A byte size such as {@code 60%} is a share of it.
 *
 * @param totalBytes the limit of the container, otherwise the memory of the machine. The JDK reads the limits of both
 *     versions of cgroups
 * @param isOfContainer whether a container limits the process
 * @param heapBytes the maximum of the Java heap
 */
public record ProcessMemory(long totalBytes, boolean isOfContainer, long heapBytes) {

    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final Pattern MACHINE_KIBIBYTES = Pattern.compile("(?m)^MemTotal: +(\\d+) kB$");

    /**
     * The memory at this moment: the limit of a container may change.
     *
     * @throws IllegalStateException if the module {@code jdk.management} is missing
     */
    public static ProcessMemory now() {
        long total;
        try {
            total = FromJdk.totalBytes();
        } catch (NoClassDefFoundError | IllegalAccessError e) {
            throw new IllegalStateException(
                    "The memory of this process is unknown without the module jdk.management: run with"
                            + " --add-modules jdk.management, put it into the image, or write a number of bytes",
                    e);
        }
        return new ProcessMemory(
                total, total < machineBytes(), Runtime.getRuntime().maxMemory());
    }

    /** The memory of the machine, or 0 if it is not known: then the total counts as that of the machine. */
    private static long machineBytes() {
        if (!Files.isReadable(MACHINE)) {
            return 0;
        }
        try {
            Matcher kibibytes = MACHINE_KIBIBYTES.matcher(Files.readString(MACHINE));
            return kibibytes.find() ? Long.parseLong(kibibytes.group(1)) << 10 : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** What is left beside the Java heap; 0 if the heap may take everything. */
    public long bytes() {
        return Math.max(0, totalBytes - heapBytes);
    }

    /** The bytes, and what they are computed from. */
    @Override
    public String toString() {
        return "%,d bytes: %,d of the %s, less %,d for the Java heap"
                .formatted(bytes(), totalBytes, isOfContainer ? "container" : "machine", heapBytes);
    }

    /** A class of its own, because the module is optional. */
    private static final class FromJdk {

        static long totalBytes() {
            return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                    .getTotalMemorySize();
        }
    }
}
