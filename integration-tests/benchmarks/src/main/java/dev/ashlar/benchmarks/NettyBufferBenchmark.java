package dev.ashlar.benchmarks;

import dev.ashlar.netty.AshlarByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One operation: make a direct buffer of Netty, write its first byte, release it, on one of Netty's own threads. The
 * buffers are those of Netty's adaptive allocator, and those of the bridge over the standard allocator.
 */
@State(Scope.Benchmark)
@Fork(jvmArgsPrepend = {AllocatorBenchmark.CUSTOM_THREADS, AllocatorBenchmark.EVENT_LOOP_THREADS})
public class NettyBufferBenchmark extends AllocatorBenchmark {

    /** The capacity of the buffer in bytes. */
    @Param({"256", "16384"})
    public int size;

    /** The bridge. All threads share it. */
    @State(Scope.Benchmark)
    public static class SharedAshlar {

        public final AshlarByteBufAllocator allocator = AshlarByteBufAllocator.standard();

        /** Closes it. */
        @TearDown
        public void close() {
            allocator.close();
        }
    }

    /** Netty's adaptive allocator. */
    @Benchmark
    public void netty(SharedNetty netty) {
        pair(netty.allocator);
    }

    /** Blocks of Ashlar. */
    @Benchmark
    public void ashlar(SharedAshlar ashlar) {
        pair(ashlar.allocator);
    }

    private void pair(ByteBufAllocator allocator) {
        ByteBuf buffer = allocator.directBuffer(size);
        buffer.setByte(0, FirstByte.VALUE);
        buffer.release();
    }
}
