package dev.ashlar.replay;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** Netty's adaptive allocator, with a direct buffer for each block. It promises no alignment. */
final class NettySubject implements Subject {

    /** The allocator keeps memory for single threads only if these have an executor of Netty. */
    static final ThreadFactory EVENT_LOOP_THREADS =
            ThreadExecutorMap.apply(new DefaultThreadFactory("lane", true), ImmediateEventExecutor.INSTANCE);

    /** With these Netty uses Unsafe on JDK 25, and does not check a sample of its buffers for leaks. */
    static final List<String> JVM_OPTIONS = List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-Dio.netty.noUnsafe=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "-Dio.netty.leakDetection.level=disabled");

    private final AdaptiveByteBufAllocator allocator = new AdaptiveByteBufAllocator(true, true);
    private final long[] byteSizes;
    private final @Nullable ByteBuf[] buffers;
    private final Books books = new NettyBooks(allocator);

    NettySubject(Trace trace) {
        byteSizes = trace.byteSizes;
        buffers = new ByteBuf[trace.blocks()];
    }

    @Override
    public boolean allocate(int block) {
        long byteSize = byteSizes[block];
        if (byteSize > Integer.MAX_VALUE) {
            return false;
        }
        // A buffer of no bytes has no memory, and no address of its own.
        ByteBuf buffer = allocator.directBuffer(Math.max(1, (int) byteSize));
        for (int page = 0; page < byteSize; page += (int) PAGE_SIZE) {
            buffer.setByte(page, 1);
        }
        buffers[block] = buffer;
        return true;
    }

    @Override
    public void free(int block) {
        ByteBuf buffer = buffers[block];
        if (buffer != null) {
            buffers[block] = null;
            buffer.release();
        }
    }

    @Override
    public @Nullable MemorySegment memory(int block) {
        ByteBuf buffer = buffers[block];
        return buffer == null ? null : MemorySegment.ofBuffer(buffer.nioBuffer(0, (int) byteSizes[block]));
    }

    @Override
    public Books books() {
        return books;
    }

    /** What the allocator has taken, in chunks. */
    private static final class NettyBooks implements Books {

        private final AdaptiveByteBufAllocator allocator;
        private long peak;

        NettyBooks(AdaptiveByteBufAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        public void watch() {
            peak = Math.max(peak, allocator.usedDirectMemory());
        }

        @Override
        public Figures figures() {
            watch();
            return new Figures(peak, null, null, null, null, null, null);
        }
    }
}
