package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * The source {@code jdk}: an {@link Arena#ofShared() Arena.ofShared} for each chunk. It calls no restricted method, so
 * it needs no flag. It is the best that can be done so, and it costs the following.
 *
 * <p>Taking. The JDK writes zeros to the whole chunk, so all of it is resident from the start: address space cannot be
 * reserved and committed later. It rounds the size up to a multiple of 8, and for an alignment above 16 it takes {@code
 * byteAlignment - 16} bytes more. {@link #takenBytes} counts both, but not what malloc adds. The memory does not count
 * against {@code -XX:MaxDirectMemorySize}: set {@link AllocatorConfig#limitBytes()}. An operating system that
 * overcommits may kill the process before it refuses memory.
 *
 * <p>Giving back. Closing a shared arena stops every thread of the VM for a moment, to check whether it is accessing
 * this memory. So the cost grows with the number of threads. An allocator does not pay it on its way: its {@link
 * JdkSession session} keeps a chunk that comes back, and the housekeeping thread closes it later.
 */
final class JdkMemorySource implements MemorySource {

    static final String NAME = "jdk";

    /** The JDK requests multiples of this from malloc, so that it can write zeros as longs. */
    private static final long UNIT = 8;

    /** The alignment of malloc. For a larger alignment the JDK requests more bytes and uses an aligned part of them. */
    private static final long MALLOC_ALIGNMENT = 16;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        requireValid(byteSize, byteAlignment);
        return JdkChunk.make(byteSize, byteAlignment, null);
    }

    static void requireValid(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteSize == 0) {
            throw new IllegalArgumentException("byteSize of a chunk is 0, must be more");
        }
    }

    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        return taken(byteSize, byteAlignment);
    }

    static long taken(long byteSize, long byteAlignment) {
        long padding = Math.max(0, byteAlignment - MALLOC_ALIGNMENT);
        return byteSize > Long.MAX_VALUE - UNIT - padding ? Long.MAX_VALUE : ((byteSize + UNIT - 1) & -UNIT) + padding;
    }

    /** {@inheritDoc} Access to a chunk of it throws some time after the chunk was closed: see {@link JdkSession}. */
    @Override
    public Session open() {
        return new JdkSession();
    }
}
