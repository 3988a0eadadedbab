package dev.ashlar.netty;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Prints by how many bytes the resident memory of this process has grown some seconds after a burst of buffers on event
 * loops that live on. With the argument {@code netty} the buffers are of Netty's adaptive allocator, else of this one.
 */
public final class BurstProgram {

    private static final int EVENT_LOOPS = 4;
    private static final long BYTES_OF_EACH = 64L << 20;
    private static final int LARGEST_LOG = 16;

    private BurstProgram() {}

    /** The program. */
    public static void main(String[] arguments) throws Exception {
        ByteBufAllocator buffers =
                "netty".equals(arguments[0]) ? new AdaptiveByteBufAllocator() : AshlarByteBufAllocator.standard();
        DefaultEventExecutorGroup group = new DefaultEventExecutorGroup(EVENT_LOOPS);
        burst(group, buffers, 1 << 20); // loads the classes and makes the threads
        long before = residentBytes();
        burst(group, buffers, BYTES_OF_EACH);
        long peak = residentBytes();
        System.gc();
        Thread.sleep(5_000);
        System.out.println("growth " + (residentBytes() - before) + " of " + (peak - before));
        group.shutdownGracefully().sync();
    }

    private static void burst(DefaultEventExecutorGroup group, ByteBufAllocator buffers, long bytesOfEach)
            throws Exception {
        List<List<ByteBuf>> live = new ArrayList<>();
        List<Future<?>> tasks = new ArrayList<>();
        List<EventExecutor> loops = new ArrayList<>();
        group.forEach(loops::add);
        for (EventExecutor loop : loops) {
            List<ByteBuf> mine = new ArrayList<>();
            live.add(mine);
            tasks.add(loop.submit(() -> fill(mine, buffers, bytesOfEach)));
        }
        for (Future<?> task : tasks) {
            task.sync();
        }
        for (int i = 0; i < loops.size(); i++) {
            List<ByteBuf> mine = live.get(i);
            loops.get(i).submit(() -> mine.forEach(ByteBuf::release)).sync();
        }
    }

    private static void fill(List<ByteBuf> live, ByteBufAllocator buffers, long bytes) {
        Random random = new Random(1);
        long left = bytes;
        while (left > 0) {
            int size = 64 << random.nextInt(LARGEST_LOG - 6 + 1);
            ByteBuf buffer = buffers.directBuffer(size);
            buffer.writeZero(size);
            live.add(buffer);
            left -= size;
        }
    }

    private static long residentBytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
