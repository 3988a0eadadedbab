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
 * Writes what a program allocates and frees to a trace, which {@code replay} plays on every strategy: so people can
 * measure strategies on their own load.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="recorded"}
 *
 * <p>A trace is text, compressed by gzip, an event a line: {@code t thread} names the thread of the lines that follow,
 * {@code a id size} or {@code a id size alignment} is an allocation, with ids that count up from 0 and an alignment
 * only above 8, {@code f id} a free. A resize is a free and an allocation. Blocks that were allocated before, or by
 * something else than the recorded allocators, are left out. Contents, hints and refused requests are not recorded.
 *
 * <p>For any number of threads and allocators, whose events come in one order. Each event takes a lock, some hundred
 * nanoseconds and some bytes of the file; each live block about a hundred bytes on the Java heap. A file that cannot be
 * written ends the recording and nothing else; {@link #close} tells of it.
 */
public final class TraceRecorder implements AutoCloseable {

    /** An alignment up to this is not written: the format takes it for granted. */
    private static final long USUAL_ALIGNMENT = 8;

    private static final int BUFFER = 1 << 16;

    /** Guarded by this, as all that follows. */
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
     * A recorder that writes to a new file, or over an old one.
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
     * A view of an allocator whose events are recorded until this recorder is closed. It works on after that. Its
     * capabilities and everything else are as {@link Allocators} says of views.
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

    /** Notes a block, after it was allocated: from then on only its owner can free it. */
    synchronized void allocated(long address, long byteSize, long byteAlignment) {
        if (isRecording()) {
            ids.put(address, blocks);
            write("a " + blocks + " " + byteSize + (byteAlignment > USUAL_ALIGNMENT ? " " + byteAlignment : ""));
            blocks++;
        }
    }

    /**
     * Notes the end of a block, before it is freed: after that another block may have its address.
     *
     * @return whether it was recorded; if freeing it fails, it is to be noted as allocated again
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
     * @throws IOException if something could not be written, at any time; the file is cut off then
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
