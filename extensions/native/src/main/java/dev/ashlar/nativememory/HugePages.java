package dev.ashlar.nativememory;

/** Whether the source {@code mmap} uses huge pages, which are 2 MiB on most machines. Linux only, but for the first. */
public enum HugePages {

    /** A page that is touched takes 4 KiB, or what is usual on the machine. */
    NEVER,

    /**
     * The kernel may back a whole huge page when a byte of it is touched first ({@code madvise}). So resident memory
     * may be more than committed memory. The kernel decides, and splits a huge page of which a part is released.
     */
    TRANSPARENT,

    /**
     * Pages of the pool that the administrator set aside ({@code vm.nr_hugepages}; {@code MAP_HUGETLB}). A chunk takes
     * whole huge pages. Where the pool has too few, the kernel may use {@link #TRANSPARENT} ones instead, and a line is
     * logged.
     */
    EXPLICIT
}
