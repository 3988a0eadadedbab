package dev.ashlar.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The resident memory of mimalloc on Linux. mimalloc itself counts what is accessible: segments of 32 MiB, of which
 * most may never be touched.
 */
final class MimallocSegments {

    /** The mappings of this process, each with a line {@code Rss}. */
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");

    /** mimalloc asks for addresses from here (MI_HINT_BASE) on, where systems place nothing else. */
    private static final long FIRST = 2L << 40;

    /** The end of these addresses (MI_HINT_MAX). */
    private static final long END = 30L << 40;

    private static final String RESIDENT = "Rss:";
    private static final int BYTES_PER_KILOBYTE = 1024;

    private MimallocSegments() {}

    static boolean areKnown() {
        return Files.isReadable(MAPPINGS);
    }

    /** The bytes of all segments that are in memory. Costs some milliseconds. */
    static long residentBytes() {
        long bytes = 0;
        boolean isSegment = false;
        try {
            for (String line : Files.readAllLines(MAPPINGS)) {
                if (Character.isUpperCase(line.charAt(0))) {
                    bytes += isSegment && line.startsWith(RESIDENT) ? bytesOf(line) : 0;
                } else {
                    long address = Long.parseUnsignedLong(line, 0, line.indexOf('-'), 16);
                    isSegment = address >= FIRST && address < END;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + MAPPINGS, e);
        }
        return bytes;
    }

    /** The value of a line such as {@code Rss:  8340 kB}. */
    private static long bytesOf(String line) {
        return Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KILOBYTE;
    }
}
