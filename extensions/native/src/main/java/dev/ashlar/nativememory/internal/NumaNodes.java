package dev.ashlar.nativememory.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The nodes of the machine that have memory, each near to some of the processors.
 *
 * @param numbers one or more
 */
record NumaNodes(SortedSet<Integer> numbers) {

    private static final Path WITH_MEMORY = Path.of("/sys/devices/system/node/has_memory");
    private static final Set<String> MACHINES = Set.of("amd64", "x86_64", "aarch64");

    /** Whether pages can be bound to nodes here. */
    static boolean canBind() {
        return Kernel.isLinux() && MACHINES.contains(System.getProperty("os.arch"));
    }

    /** The nodes of this machine; one where the kernel knows of none. */
    static NumaNodes ofMachine() {
        try {
            return Files.isReadable(WITH_MEMORY) ? parse(Files.readString(WITH_MEMORY)) : parse("0");
        } catch (IOException e) {
            return parse("0");
        }
    }

    /** Reads a list of the kernel, such as {@code 0-1,3}. */
    static NumaNodes parse(String list) {
        SortedSet<Integer> numbers = new TreeSet<>();
        for (String range : list.strip().split(",", -1)) {
            String[] ends = range.split("-", -1);
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int number = Integer.parseInt(ends[0]); number <= last; number++) {
                numbers.add(number);
            }
        }
        return new NumaNodes(numbers);
    }

    /** Throws if there is no such node. */
    void require(int number) {
        if (!numbers.contains(number) || number >= Kernel.MOST_NODES) {
            throw new IllegalArgumentException("numa is '" + number + "', must be none, local, interleave, or a node"
                    + " with memory. This machine has " + numbers);
        }
    }

    boolean isOne() {
        return numbers.size() == 1;
    }

    /** A bit for each node. */
    long mask() {
        return numbers.stream()
                .filter(number -> number < Kernel.MOST_NODES)
                .mapToLong(number -> 1L << number)
                .reduce(0, (all, one) -> all | one);
    }
}
