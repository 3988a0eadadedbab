package dev.ashlar.nativememory.internal;

import dev.ashlar.nativememory.NativeMemory.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what the kernel knows of mappings of this process. */
public final class KernelUsage {

    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final Path NODES = Path.of("/proc/self/numa_maps");

    private static final Pattern RANGE = Pattern.compile("^([0-9a-f]+)-([0-9a-f]+) .*");
    private static final Pattern FIGURE = Pattern.compile("^(\\w+): +(\\d+) kB$");
    private static final Pattern START = Pattern.compile("^([0-9a-f]+) .*");
    private static final Pattern OF_NODE = Pattern.compile(" N(\\d+)=(\\d+)");
    private static final Pattern PAGE_SIZE = Pattern.compile(" kernelpagesize_kB=(\\d+)");

    private final List<AddressSpace.Piece> pieces;
    private final SortedMap<Integer, Long> bytesByNode = new TreeMap<>();
    private long resident;
    private long transparent;
    private long explicit;
    private long locked;
    private boolean isOurs;

    private KernelUsage(List<AddressSpace.Piece> pieces) {
        this.pieces = pieces;
    }

    /**
     * The figures of all reservations of the process.
     *
     * @throws UnsupportedOperationException if this is not Linux
     */
    public static Usage read() {
        if (!Kernel.isLinux()) {
            throw new UnsupportedOperationException("the kernel's figures can be read on Linux only");
        }
        List<AddressSpace.Piece> pieces = MmapSource.pieces();
        KernelUsage usage = new KernelUsage(pieces);
        try {
            Files.readAllLines(MAPPINGS).forEach(usage::addMapping);
            if (Files.isReadable(NODES)) {
                Files.readAllLines(NODES).forEach(usage::addNodes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Usage(
                pieces.stream().mapToLong(AddressSpace.Piece::byteSize).sum(),
                usage.resident,
                usage.transparent,
                usage.explicit,
                usage.locked,
                Collections.unmodifiableSortedMap(usage.bytesByNode));
    }

    private void addMapping(String line) {
        Matcher range = RANGE.matcher(line);
        if (range.matches()) {
            isOurs = isOurs(range.group(1));
            return;
        }
        Matcher figure = FIGURE.matcher(line);
        if (!isOurs || !figure.matches()) {
            return;
        }
        long bytes = Long.parseLong(figure.group(2)) << 10;
        switch (figure.group(1)) {
            case "Rss" -> resident += bytes;
            case "AnonHugePages" -> transparent += bytes;
            case "Private_Hugetlb" -> { // which is no part of Rss
                explicit += bytes;
                resident += bytes;
            }
            case "Locked" -> locked += bytes;
            default -> {}
        }
    }

    private void addNodes(String line) {
        Matcher start = START.matcher(line);
        Matcher pageSize = PAGE_SIZE.matcher(line);
        if (!start.matches() || !isOurs(start.group(1)) || !pageSize.find()) {
            return;
        }
        long size = Long.parseLong(pageSize.group(1)) << 10;
        Matcher node = OF_NODE.matcher(line);
        while (node.find()) {
            bytesByNode.merge(Integer.parseInt(node.group(1)), Long.parseLong(node.group(2)) * size, Long::sum);
        }
    }

    private boolean isOurs(String startOfMapping) {
        long address = Long.parseUnsignedLong(startOfMapping, 16);
        return pieces.stream()
                .anyMatch(piece -> address - piece.address() >= 0 && address - piece.address() < piece.byteSize());
    }
}
