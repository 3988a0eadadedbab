package dev.ashlar.replay;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * Reads a trace completely and checks it, before anything is replayed. The format is that of the README beside the
 * bundled traces, as gzip or as plain text. Events before the first {@code t} line belong to the first thread.
 */
final class TraceReader {

    private static final int GZIP_MAGIC = 0x1f8b;

    private final TraceLines lines;
    private int[] operations = new int[1024];
    private int[] threads = new int[1024];
    private int events;
    private long[] byteSizes = new long[1024];
    private long[] byteAlignments = new long[1024];
    private int blocks;
    private final BitSet live = new BitSet();
    private long liveBytes;
    private final Map<Long, Integer> threadNumbers = new HashMap<>();
    private int thread;

    private TraceReader(TraceLines lines) {
        this.lines = lines;
    }

    /**
     * Reads a trace.
     *
     * @param file how errors call it
     * @param name how results call it
     * @param raw the bytes of the file; closed by the caller
     * @throws TraceException if they are no valid trace
     */
    static Trace read(String file, String name, InputStream raw) throws TraceException {
        TraceReader reader = new TraceReader(new TraceLines(file, unzipped(file, raw)));
        while (reader.lines.next()) {
            reader.readLine();
        }
        if (reader.events == 0) {
            throw new TraceException(file + ": the trace has no events");
        }
        return reader.trace(name);
    }

    private static InputStream unzipped(String file, InputStream raw) throws TraceException {
        try {
            BufferedInputStream in = new BufferedInputStream(raw, 1 << 16);
            in.mark(2);
            int magic = in.read() << 8 | in.read();
            in.reset();
            return magic == GZIP_MAGIC ? new BufferedInputStream(new GZIPInputStream(in, 1 << 16), 1 << 16) : in;
        } catch (IOException e) {
            throw new TraceException(
                    file + ":1: no gzip stream: " + (e.getMessage() == null ? "the file is cut off" : e.getMessage()));
        }
    }

    private void readLine() throws TraceException {
        switch (lines.word()) {
            case 't' -> readThread();
            case 'a' -> readAllocation();
            case 'f' -> readFree();
            default -> throw lines.malformed();
        }
    }

    private void readThread() throws TraceException {
        long recorded = lines.number();
        lines.end();
        Integer known = threadNumbers.putIfAbsent(recorded, threadNumbers.size());
        thread = known == null ? threadNumbers.size() - 1 : known;
    }

    private void readAllocation() throws TraceException {
        long block = lines.number();
        long byteSize = lines.number();
        long byteAlignment = 0;
        if (lines.more()) {
            byteAlignment = lines.number();
            if (Long.bitCount(byteAlignment) != 1) {
                throw lines.error("the alignment is " + byteAlignment + ", must be a power of two");
            }
        }
        lines.end();
        if (block != blocks) {
            throw lines.error("allocates block " + block + ", but ids count up from 0 and the next is " + blocks);
        }
        if (byteSize > Long.MAX_VALUE - liveBytes) {
            throw lines.error("the size is " + byteSize + ", which takes the live bytes past 2^63");
        }
        if (blocks == byteSizes.length) {
            byteSizes = Arrays.copyOf(byteSizes, grown(blocks));
            byteAlignments = Arrays.copyOf(byteAlignments, byteSizes.length);
        }
        byteSizes[blocks] = byteSize;
        byteAlignments[blocks] = byteAlignment;
        live.set(blocks);
        liveBytes += byteSize;
        add(~blocks);
        blocks++;
    }

    private void readFree() throws TraceException {
        long block = lines.number();
        lines.end();
        if (block >= blocks) {
            throw lines.error("frees block " + block + ", which was never allocated (there are " + blocks + " so far)");
        }
        if (!live.get((int) block)) {
            throw lines.error("frees block " + block + ", which was freed before");
        }
        live.clear((int) block);
        liveBytes -= byteSizes[(int) block];
        add((int) block);
    }

    private void add(int operation) throws TraceException {
        if (events == operations.length) {
            operations = Arrays.copyOf(operations, grown(events));
            threads = Arrays.copyOf(threads, operations.length);
        }
        operations[events] = operation;
        threads[events] = thread;
        events++;
    }

    /** The next capacity of an array: a block has at most two events, so that no block number can overflow first. */
    private int grown(int capacity) throws TraceException {
        if (capacity > Integer.MAX_VALUE / 2) {
            throw lines.error("the trace has more than " + capacity + " events");
        }
        return capacity * 2;
    }

    private Trace trace(String name) {
        return new Trace(
                name,
                Arrays.copyOf(operations, events),
                Arrays.copyOf(threads, events),
                Arrays.copyOf(byteSizes, blocks),
                Arrays.copyOf(byteAlignments, blocks));
    }
}
