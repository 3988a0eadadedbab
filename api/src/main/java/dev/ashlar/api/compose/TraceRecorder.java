package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a trace of what a program allocates and frees. {@code replay} plays a trace on every strategy, so strategies
 * can be measured on one's own load.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="recorded"}
 *
 * <p>A trace is text, compressed by gzip, with one event on each line: {@code t thread} names the thread of the
 * following lines. {@code a id size} or {@code a id size alignment} is an allocation, with ids that count up from 0 and
 * an alignment only above 8. {@code f id} is a free. A resize is a free and an allocation. Blocks that were allocated
 * before, or by other allocators, are left out. Contents, hints and refused requests are not recorded.
 *
 * <p>Records any number of threads and allocators, with all events in one order. Each event takes a lock, some hundred
 * nanoseconds and some bytes of the file. Each live block takes about a hundred bytes on the Java heap. If the file
 * cannot be written, the recording ends and the program goes on; {@link #close} throws the reason.
 */
public final class TraceRecorder implements AutoCloseable {

    /** An alignment up to this one is not written. */
    private static final long USUAL_ALIGNMENT = 8;

    private static final int BUFFER = 1 << 16;

    /** Guarded by this, as are all fields below. */
    private final Writer out;

    /** Numbers of live blocks by address. */
    private final Map<Long, Long> ids = new HashMap<>();

    private long blocks;
    private long events;
    private long lastThread = -1;
    private @Nullable IOException failure;
    private boolean closed;

    private TraceRecorder(Writer out) {
        this.out = out;
    }

    /**
     * A recorder that writes to a file and overwrites an old one.
     *
     * @param file such as {@code my.trace.gz}
     * @throws IOException if the file cannot be written
     */
    public static TraceRecorder to(Path file) throws IOException {
        BufferedOutputStream bytes = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
        return new TraceRecorder(
                new OutputStreamWriter(new GZIPOutputStream(bytes, BUFFER), StandardCharsets.US_ASCII));
    }

    /**
     * A view of an allocator whose events are recorded until this recorder is closed. After that the view still works.
     * In everything else it is a view as {@link Allocators} describes.
     *
     * @param upstream serves the blocks
     */
    public Allocator recording(Allocator upstream) {
        return new RecordingAllocator(Objects.requireNonNull(upstream, "upstream"), this);
    }

    /** How many allocations and frees were recorded. */
    public synchronized long events() {
        return events;
    }

    /** Records a block after it was allocated. Only its owner can free it from then on. */
    synchronized void allocated(long address, long byteSize, long byteAlignment) {
        if (isRecording()) {
            ids.put(address, blocks);
            write("a " + blocks + " " + byteSize + (byteAlignment > USUAL_ALIGNMENT ? " " + byteAlignment : ""));
            blocks++;
        }
    }

    /**
     * Records the end of a block before it is freed, because after that another block may have its address.
     *
     * @return whether it was recorded; if the free fails, record it as allocated again
     */
    synchronized boolean freed(long address) {
        Long id = isRecording() ? ids.remove(address) : null;
        if (id != null) {
            write("f " + id);
        }
        return id != null;
    }

    private boolean isRecording() {
        return !closed && failure == null;
    }

    private void write(String event) {
        try {
            long thread = Thread.currentThread().threadId();
            if (thread != lastThread) {
                out.write("t " + thread + "\n");
                lastThread = thread;
            }
            out.write(event + "\n");
            events++;
        } catch (IOException e) {
            failure = e;
            ids.clear();
        }
    }

    /**
     * Ends the recording and completes the file. Closing again does nothing.
     *
     * @throws IOException if something could not be written at any time; then the file is incomplete
     */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            ids.clear();
            try (Writer all = out) {
                all.flush();
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
