package com.example;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A program whose memory is watched. It is outside Ashlar's packages, so tracking names its methods as sites.
 *
 * <p>It has requests, whose blocks live shortly, an index, whose blocks stay, and sessions, of which a few stay among
 * many that end: they leave sparse slabs.
 */
public final class Server implements AutoCloseable {

    /** A tag that is markup, which a page must show as text. */
    public static final String MARKUP = "<img src=x onerror=\"document.title='run'\">";

    private final Allocator allocator;
    private final Random random = new Random(42);
    private final List<MemorySegment> sessions = new ArrayList<>();
    private final List<MemorySegment> index = new ArrayList<>();

    /**
     * A server without requests.
     *
     * @param allocator serves its blocks
     */
    public Server(Allocator allocator) {
        this.allocator = allocator;
    }

    /** Serves some requests. */
    public void serve(int requests) {
        List<MemorySegment> buffers = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            buffers.add(allocator.allocate(500 + random.nextInt(3000), 8));
            if (buffers.size() > 64) {
                allocator.free(buffers.remove(random.nextInt(buffers.size())));
            }
        }
        buffers.forEach(allocator::free);
    }

    /** Opens sessions, and ends all but one in some. */
    public void sessions(int count, int oneIn) {
        AllocationHints hints = AllocationHints.NONE.withTag("session");
        for (int i = 0; i < count; i++) {
            sessions.add(allocator.allocate(200 + random.nextInt(50), 8, hints));
        }
        for (int i = sessions.size() - 1; i >= 0; i--) {
            if (i % oneIn != 0) {
                allocator.free(sessions.remove(i));
            }
        }
    }

    /** Adds to the index. */
    public void index(int entries) {
        AllocationHints hints = AllocationHints.NONE.withTag("index");
        for (int i = 0; i < entries; i++) {
            index.add(allocator.allocate(24 + random.nextInt(150), 8, hints));
        }
    }

    /** A large block, and one whose tag is markup. */
    public void image() {
        index.add(allocator.allocate(300_000, 8));
        index.add(allocator.allocate(1000, 8, AllocationHints.NONE.withTag(MARKUP)));
    }

    /** Frees everything. */
    @Override
    public void close() {
        sessions.forEach(allocator::free);
        index.forEach(allocator::free);
    }
}
