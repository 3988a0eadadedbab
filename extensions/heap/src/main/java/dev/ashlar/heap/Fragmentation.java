package dev.ashlar.heap;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.heap.Defragmentation.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How the free memory of an allocator lies between its live blocks: figures, a pattern, and a picture of the chunks.
 *
 * <p>Immutable. Making one costs a walk over the memory held, and 8 bytes for each free run.
 */
public final class Fragmentation {

    /** How free memory lies. */
    public enum Pattern {

        /** Little is free, or what is free is in chunks without live blocks, which a trim gives back. */
        NONE(Strategy.COALESCE),

        /** Mostly long runs between few live blocks: moving few blocks empties much memory. */
        HOLES(Strategy.COMPACT),

        /** Mostly short runs among live blocks, such as free slots of sparse slabs. */
        SCATTERED(Strategy.REORGANIZE),

        /** Both kinds. */
        MIXED(Strategy.REORGANIZE);

        private final Strategy strategy;

        Pattern(Strategy strategy) {
            this.strategy = strategy;
        }

        /** What empties memory of this pattern. */
        public Strategy strategy() {
            return strategy;
        }
    }

    /**
     * A chunk.
     *
     * @param address where it starts
     * @param byteSize its size in bytes
     * @param liveBytes allocated bytes of its live blocks
     * @param cells the live share of each of {@link #CELLS} parts of the same size, in per cent
     */
    public record ChunkMap(long address, long byteSize, long liveBytes, List<Integer> cells) {

        /** The live share, 0 to 1. */
        public double share() {
            return (double) liveBytes / byteSize;
        }
    }

    /** Parts of a chunk that the picture shows. */
    public static final int CELLS = 64;

    /** A run is long if it is at least this part of its chunk. */
    private static final int LONG_RUN = 16;

    /** Less than this share of the memory is free. Then no pattern is told. */
    private static final double LITTLE = 0.1;

    /** A kind of runs that has this share of the free bytes is the pattern. */
    private static final double MOST = 2.0 / 3;

    /** A slab or a chunk is sparse if at most this share is live. */
    private static final double SPARSE = 0.5;

    private static final String SHADES = " ░▒▓█";

    private final List<ChunkMap> chunks;
    private final long[] runs;
    private final long slabs;
    private final long sparseSlabs;
    private final long emptyBytes;
    private final long longRunBytes;
    private final double realised;

    private Fragmentation(Walk walk, double realised) {
        chunks = List.copyOf(walk.chunks);
        runs = Arrays.copyOf(walk.runs, walk.count);
        Arrays.sort(runs);
        slabs = walk.slabs;
        sparseSlabs = walk.sparseSlabs;
        emptyBytes = walk.emptyBytes;
        longRunBytes = walk.longRunBytes;
        this.realised = realised;
    }

    /**
     * Looks at the memory of an allocator. Exact if the allocator is quiet.
     *
     * @throws IllegalArgumentException if it cannot be inspected
     * @throws IllegalStateException if it is closed
     */
    public static Fragmentation of(Allocator allocator) {
        Inspectable inspectable = allocator
                .as(Inspectable.class)
                .orElseThrow(() -> new IllegalArgumentException(
                        allocator + " cannot be inspected. Use one with the capability Inspectable, such as 'slab'"));
        Walk walk = new Walk();
        inspectable.inspect(walk);
        walk.endChunk();
        return new Fragmentation(walk, allocator.stats().realisedFragmentation());
    }

    /** The free share of the memory: 1 - live bytes / bytes of chunks; 0 without chunks. */
    public double share() {
        long bytes = byteSize();
        return bytes == 0 ? 0 : 1 - (double) liveBytes() / bytes;
    }

    /** Bytes of all chunks. */
    public long byteSize() {
        return chunks.stream().mapToLong(ChunkMap::byteSize).sum();
    }

    /** Allocated bytes of all live blocks. */
    public long liveBytes() {
        return chunks.stream().mapToLong(ChunkMap::liveBytes).sum();
    }

    /**
     * The share of free bytes in runs that are too small for a request.
     *
     * @param byteSize the request in bytes
     * @return 0 (every run is large enough, or nothing is free) to 1
     */
    public double unusable(long byteSize) {
        long tooSmall = 0;
        for (long run : runs) {
            if (run >= byteSize) {
                break;
            }
            tooSmall += run;
        }
        return ratio(tooSmall, freeBytes());
    }

    /** Memory beyond the need when most was committed: see {@link dev.ashlar.api.AllocatorStats}. */
    public double realised() {
        return realised;
    }

    /** The share of slabs with live blocks of which at most half the slots are live; 0 without slabs. */
    public double sparseSlabs() {
        return ratio(sparseSlabs, slabs);
    }

    /** The share of chunks with live blocks that are at most half live; 0 without such chunks. */
    public double sparseChunks() {
        long used = chunks.stream().filter(chunk -> chunk.liveBytes > 0).count();
        long sparse = chunks.stream()
                .filter(chunk -> chunk.liveBytes > 0 && chunk.share() <= SPARSE)
                .count();
        return ratio(sparse, used);
    }

    /** The share of free bytes in chunks without live blocks. */
    public double empty() {
        return ratio(emptyBytes, freeBytes());
    }

    /** The share of free bytes in long runs, of at least a sixteenth of a chunk that has live blocks. */
    public double longRuns() {
        return ratio(longRunBytes, freeBytes());
    }

    private long freeBytes() {
        return Arrays.stream(runs).sum();
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    /** How free memory lies. */
    public Pattern pattern() {
        if (share() < LITTLE || empty() >= MOST) {
            return Pattern.NONE;
        }
        double holes = longRuns() / (1 - empty());
        return holes >= MOST ? Pattern.HOLES : holes <= 1 - MOST ? Pattern.SCATTERED : Pattern.MIXED;
    }

    /** The chunks, as they were visited. */
    public List<ChunkMap> chunks() {
        return chunks;
    }

    /**
     * The figures, and a line for each chunk, in which a character shows how much of a {@value #CELLS}th of it is live:
     * a space for nothing, then {@code ░▒▓}, and {@code █} for all.
     */
    @Override
    public String toString() {
        String figures = String.format(
                Locale.ROOT,
                "%s: %.1f %% of %d bytes is free, %.0f %% of it in empty chunks and %.0f %% in long runs;"
                        + " sparse: %.0f %% of the slabs, %.0f %% of the chunks%n",
                pattern(),
                100 * share(),
                byteSize(),
                100 * empty(),
                100 * longRuns(),
                100 * sparseSlabs(),
                100 * sparseChunks());
        return chunks.stream()
                .map(chunk -> String.format(
                        Locale.ROOT,
                        "%12x %8d KiB %3.0f %% |%s|%n",
                        chunk.address,
                        chunk.byteSize >> 10,
                        100 * chunk.share(),
                        chunk.cells.stream().map(Fragmentation::shade).collect(Collectors.joining())))
                .collect(Collectors.joining("", figures, ""));
    }

    private static String shade(int percent) {
        int shade = percent == 0 ? 0 : percent == 100 ? SHADES.length() - 1 : 1 + percent * 3 / 100;
        return SHADES.substring(shade, shade + 1);
    }

    /** Collects what is visited. */
    private static final class Walk implements Inspectable.Visitor {

        private final List<ChunkMap> chunks = new ArrayList<>();
        private long[] runs = new long[64];
        private int count;
        private long slabs;
        private long sparseSlabs;
        private long emptyBytes;
        private long longRunBytes;

        // Of the chunk that is visited. Its size is 0 before the first.
        private long address;
        private long byteSize;
        private long liveBytes;
        private long freeBytes;
        private long longBytes;
        private final long[] cells = new long[CELLS];

        @Override
        public void chunk(long start, long size) {
            endChunk();
            address = start;
            byteSize = size;
        }

        @Override
        public void slab(long start, long size, long slotSize, int liveSlots) {
            if (liveSlots > 0) {
                slabs++;
                sparseSlabs += liveSlots * slotSize <= size * SPARSE ? 1 : 0;
            }
        }

        @Override
        public void live(long start, long size) {
            liveBytes += size;
            long from = start - address;
            long end = Math.min(from + size, byteSize);
            while (from < end) { // from cell to cell
                int cell = (int) (from * CELLS / byteSize);
                long next = Math.min(end, ((cell + 1) * byteSize + CELLS - 1) / CELLS);
                cells[cell] += next - from;
                from = next;
            }
        }

        @Override
        public void free(long start, long size) {
            if (count == runs.length) {
                runs = Arrays.copyOf(runs, 2 * count);
            }
            runs[count++] = size;
            freeBytes += size;
            longBytes += size * LONG_RUN >= byteSize ? size : 0;
        }

        void endChunk() {
            if (byteSize > 0) {
                List<Integer> shares = new ArrayList<>();
                for (int cell = 0; cell < CELLS; cell++) {
                    long start = (cell * byteSize + CELLS - 1) / CELLS;
                    long end = ((cell + 1) * byteSize + CELLS - 1) / CELLS;
                    shares.add(end == start ? 0 : (int) (100 * cells[cell] / (end - start)));
                }
                chunks.add(new ChunkMap(address, byteSize, liveBytes, List.copyOf(shares)));
                emptyBytes += liveBytes == 0 ? freeBytes : 0;
                longRunBytes += liveBytes == 0 ? 0 : longBytes;
            }
            Arrays.fill(cells, 0);
            byteSize = 0;
            liveBytes = 0;
            freeBytes = 0;
            longBytes = 0;
        }
    }
}
