package dev.ashlar.nativememory.internal;

import dev.ashlar.nativememory.HugePages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages of the kernel with options: huge ones, of chosen nodes, locked ones. What the kernel does not give is logged
 * once, as a warning.
 *
 * <p>Safe for use by many threads.
 */
final class Pages {

    private static final Logger LOG = LoggerFactory.getLogger(Pages.class);

    /** Policies of the kernel, from its {@code mempolicy.h}. */
    private static final int BIND = 2;

    private static final int INTERLEAVE = 3;
    private static final int LOCAL = 4;
    private static final int NO_POLICY = -1;

    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Pattern HUGE_PAGE = Pattern.compile("(?m)^Hugepagesize: +(\\d+) kB$");
    private static final Path TRANSPARENT = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");

    private final Kernel kernel;
    private final PageOptions options;
    private final long hugeSize;
    private final int policy;
    private final long nodes;

    private final AtomicBoolean isPoolMissed = new AtomicBoolean();
    private final AtomicBoolean isLockMissed = new AtomicBoolean();
    private final AtomicBoolean isReleaseMissed = new AtomicBoolean();
    private final AtomicBoolean isNodeMissed = new AtomicBoolean();

    /**
     * Pages of this machine.
     *
     * @throws IllegalArgumentException if the kernel does not let this process choose nodes, and the options do
     */
    Pages(Kernel kernel, PageOptions options) {
        this(kernel, options, NumaNodes.ofMachine());
    }

    /** For tests, which choose the nodes of the machine. */
    Pages(Kernel kernel, PageOptions options, NumaNodes machine) {
        this.kernel = kernel;
        this.options = options;
        hugeSize = options.hugePages() == HugePages.NEVER ? kernel.pageSize() : hugePageSize(kernel.pageSize());
        policy = policy(machine);
        nodes = switch (policy) {
            case BIND -> 1L << Integer.parseInt(options.numa());
            case INTERLEAVE -> machine.mask();
            default -> 0;
        };
        requireNodes();
        if (options.hugePages() == HugePages.TRANSPARENT
                && !read(TRANSPARENT).matches("(?s).*\\[(always|madvise)].*")) {
            LOG.warn("hugePages is transparent, and this kernel gives none: write 'madvise' to {}", TRANSPARENT);
        }
    }

    private int policy(NumaNodes machine) {
        if (options.numa().equals(PageOptions.NO_NUMA)) {
            return NO_POLICY;
        }
        if (machine.isOne()) {
            LOG.info("numa is {}, which does nothing: this machine has one node with memory", options.numa());
            return NO_POLICY;
        }
        return switch (options.numa()) {
            case PageOptions.LOCAL -> LOCAL;
            case PageOptions.INTERLEAVE -> INTERLEAVE;
            default -> BIND;
        };
    }

    /** Binds one page, so that a configuration is refused and not each request. */
    private void requireNodes() {
        long page = policy == NO_POLICY ? 0 : kernel.reserve(kernel.pageSize());
        if (page == 0) {
            return;
        }
        int errno = kernel.bind(page, kernel.pageSize(), policy, nodes);
        kernel.unreserve(page, kernel.pageSize());
        if (errno != 0) {
            throw new IllegalArgumentException("numa is '" + options.numa() + "', must be none here: mbind failed with"
                    + " errno " + errno + ". A container may forbid it without the capability SYS_NICE");
        }
    }

    private static long hugePageSize(long byDefault) {
        Matcher kibibytes = HUGE_PAGE.matcher(read(MEMORY));
        return kibibytes.find() ? Long.parseLong(kibibytes.group(1)) << 10 : byDefault;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private boolean isExplicit() {
        return options.hugePages() == HugePages.EXPLICIT;
    }

    /** What chunks are multiples of, in bytes. */
    long unit() {
        return isExplicit() ? hugeSize : kernel.pageSize();
    }

    /** What reservations begin and end at multiples of, in bytes. */
    long alignment() {
        return hugeSize;
    }

    /**
     * Reserves address space.
     *
     * @param byteSize a multiple of the alignment
     * @return the address, or 0 if the kernel gives none
     */
    long reserve(long byteSize) {
        long reserved = kernel.reserve(byteSize + hugeSize - kernel.pageSize());
        if (reserved == 0) {
            return 0;
        }
        long address = (reserved + hugeSize - 1) & -hugeSize;
        prepare(address, byteSize);
        return address;
    }

    /** What the kernel remembers of a mapping: which pages it may use. */
    private void prepare(long address, long byteSize) {
        if (Kernel.isLinux()) {
            kernel.adviseHugePages(address, byteSize, options.hugePages() != HugePages.NEVER);
        }
        if (policy != NO_POLICY) {
            int errno = kernel.bind(address, byteSize, policy, nodes);
            if (errno != 0 && !isNodeMissed.getAndSet(true)) {
                LOG.warn(
                        "numa is {}, and mbind of {} bytes failed with errno {}: the policy of the process is used",
                        options.numa(),
                        byteSize,
                        errno);
            }
        }
    }

    /**
     * Makes reserved pages accessible.
     *
     * @return false if the kernel refuses, for want of memory
     */
    boolean commit(long address, long byteSize) {
        if (isExplicit()) {
            return mapHuge(address, byteSize);
        }
        return kernel.commit(address, byteSize);
    }

    /** Huge pages of the pool, or others where it has too few; false if the kernel gives neither. */
    private boolean mapHuge(long address, long byteSize) {
        if (!kernel.mapHuge(address, byteSize)) {
            if (kernel.mapAgain(address, byteSize) != 0) {
                return false;
            }
            if (!isPoolMissed.getAndSet(true)) {
                LOG.warn(
                        "hugePages is explicit, and the kernel's pool has too few for {} bytes: other pages are used."
                                + " Raise vm.nr_hugepages",
                        byteSize);
            }
        }
        prepare(address, byteSize); // a new mapping knows nothing of the old one
        return true;
    }

    /**
     * Gives the memory behind committed pages back. They stay accessible. Pages that the kernel does not release keep
     * their memory. Pages are refused, for example, if the program has locked them by a call of its own.
     *
     * @return false if the pages may not be accessible any more; they must not be used again
     */
    boolean release(long address, long byteSize) {
        int errno = options.isLocked() ? kernel.unlock(address, byteSize) : 0;
        if (isExplicit()) {
            // After MADV_DONTNEED the pool may be empty at the next access, which would end the process.
            return mapHuge(address, byteSize);
        }
        if (errno == 0) {
            errno = kernel.release(address, byteSize);
        }
        if (errno != 0 && !isReleaseMissed.getAndSet(true)) {
            LOG.warn(
                    "The kernel did not release {} bytes, errno {}: free memory stays resident."
                            + " Find what locks the memory of this process (mlock, mlockall)",
                    byteSize,
                    errno);
        }
        return errno == 0 || Kernel.isLinux(); // madvise leaves the mapping, a failed mmap may have removed it
    }

    /**
     * Makes committed pages ready for a chunk: backs and locks them where that is asked for.
     *
     * @return false if they cannot be locked
     */
    boolean makeReady(long address, long byteSize) {
        if (options.isLocked()) {
            int errno = kernel.lock(address, byteSize);
            if (errno != 0 && !isLockMissed.getAndSet(true)) {
                LOG.warn(
                        "lock is true, and mlock of {} bytes failed with errno {}: such memory is not served."
                                + " Raise the limit of locked memory (ulimit -l)",
                        byteSize,
                        errno);
            }
            return errno == 0;
        }
        if (options.isPretouched() && !kernel.populate(address, byteSize)) {
            kernel.touch(address, byteSize);
        }
        return true;
    }
}
