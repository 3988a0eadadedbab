package dev.ashlar.nativememory.internal;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The source {@code mmap}: chunks of one large range of address space.
 *
 * <p>Taking. The kernel backs a page with memory, which is zero, when it is touched first: nobody writes zeros ahead.
 * Any alignment costs address space and no memory.
 *
 * <p>Returning. The memory of a returned chunk is kept for the next chunk of any allocator, up to a bound for the whole
 * process. Memory beyond the bound goes to the kernel, in few calls. No arena is closed and no thread is stopped. So an
 * access to a block whose chunk was returned reads what is there now. It throws after the allocator is closed. With the
 * source {@code jdk} it throws a moment after the chunk was returned.
 */
public final class MmapSource implements MemorySource {

    /** Memory that the process keeps for the next chunks: four chunks of the largest usual size. */
    private static final long RETAINED = 16L << 20;

    /** One for the process, because the service loader makes a source whenever somebody looks for one. */
    private static final class Shared {
        static final AddressSpace SPACE = new AddressSpace(Kernel.require(), RETAINED);
    }

    /**
     * For the service loader.
     *
     * @throws UnsupportedOperationException if this cannot work here, with what to do
     */
    public MmapSource() {
        Kernel.requireUsable();
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

    private static long takenBytes(long byteSize) {
        long pageSize = Shared.SPACE.pageSize();
        return byteSize > Long.MAX_VALUE - pageSize ? Long.MAX_VALUE : (byteSize + pageSize - 1) / pageSize * pageSize;
    }

    @Override
    public Session open() {
        return new MmapSession(Shared.SPACE);
    }

    /** {@inheritDoc} It has an arena of its own, so that access to it throws as soon as it is closed. */
    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        Session session = open();
        Chunk chunk = session.take(byteSize, byteAlignment);
        return chunk == null ? null : new OnlyChunk(session, chunk.memory());
    }

    /** A chunk that is alone in its session. */
    private record OnlyChunk(Session session, MemorySegment memory) implements Chunk {

        @Override
        public long takenBytes() {
            return MmapSource.takenBytes(memory.byteSize());
        }

        @Override
        public void close() {
            session.close();
        }
    }
}
