package dev.ashlar.spi;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How much memory this process may use: the limit of its container, otherwise the memory of the machine. The JDK reads
 * the limits of both versions of cgroups.
 */
final class ProcessMemory {

    private ProcessMemory() {}

    /**
     * The number of bytes at this moment: the limit of a container may change.
     *
     * @throws IllegalArgumentException if the module {@code jdk.management} is missing
     */
    static long bytes() {
        try {
            return FromJdk.bytes();
        } catch (NoClassDefFoundError | IllegalAccessError e) {
            throw new IllegalArgumentException(
                    "a share of the memory of this process is unknown without the module jdk.management: run with"
                            + " --add-modules jdk.management, put it into the image, or write a number of bytes",
                    e);
        }
    }

    /** A class of its own, because the module is optional. */
    private static final class FromJdk {

        static long bytes() {
            return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                    .getTotalMemorySize();
        }
    }
}
