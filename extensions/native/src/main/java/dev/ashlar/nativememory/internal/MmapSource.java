package dev.ashlar.nativememory.internal;

import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The source {@code mmap}: chunks of one large range of address space.
 *
 * <p>Taking. The kernel backs a page with memory, which is zero, when it is touched first: nobody writes zeros ahead.
 * Any alignment costs address space and no memory.
 *
 * <p>Returning. The memory of a returned chunk is kept for the next chunk of any allocator. What is not used again
 * within two seconds goes to the kernel, on the housekeeping thread and in few calls. The process always keeps 16 MiB.
 * A trim of an allocator returns all. No arena is closed and no thread is stopped. So an access to a block whose chunk
 * was returned reads what is there now. It throws after the allocator is closed. With the source {@code jdk} it throws
 * a moment after the chunk was returned.
 */
public final class MmapSource implements MemorySource {

    /** Memory that the process always keeps for the next chunks: four chunks of the largest usual size. */
    private static final long KEPT = 16L << 20;

    /** Of the process, because the service loader makes a source whenever somebody looks for one. */
    private static final Map<PageOptions, AddressSpace> SPACES = new ConcurrentHashMap<>();

    private final AddressSpace space;

    /**
     * For the service loader: with pages of the usual size.
     *
     * @throws UnsupportedOperationException if this cannot work here, with what to do
     */
    public MmapSource() {
        this(PageOptions.DEFAULT);
    }

    private MmapSource(PageOptions options) {
        space = SPACES.computeIfAbsent(options, key -> new AddressSpace(new Pages(Kernel.require(), key), KEPT));
    }

    /** {@inheritDoc} The settings are those of {@code ashlar.native}. */
    @Override
    public MemorySource with(AllocatorConfig config) {
        return new MmapSource(PageOptions.of(config.sourceSettings(PageOptions.KEYS, PageOptions.ALL)));
    }

    /** What was reserved by all sources of the process. */
    public static List<AddressSpace.Piece> pieces() {
        return SPACES.values().stream().flatMap(each -> each.pieces().stream()).toList();
    }

    @Override
    public String name() {
        return "mmap";
    }

    /** {@inheritDoc} Whole pages; alignment adds nothing. */
    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        return takenBytes(byteSize);
    }

    private long takenBytes(long byteSize) {
        long pageSize = space.pageSize();
        return byteSize > Long.MAX_VALUE - pageSize ? Long.MAX_VALUE : (byteSize + pageSize - 1) / pageSize * pageSize;
    }

    @Override
    public Session open() {
        return new MmapSession(space);
    }

    /** {@inheritDoc} It has an arena of its own, so that access to it throws as soon as it is closed. */
    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        Session session = open();
        Chunk chunk = session.take(byteSize, byteAlignment);
        return chunk == null ? null : new OnlyChunk(session, chunk.memory(), chunk.takenBytes());
    }

    /** A chunk that is alone in its session. */
    private record OnlyChunk(Session session, MemorySegment memory, long takenBytes) implements Chunk {

        @Override
        public void close() {
            session.close();
        }
    }
}
