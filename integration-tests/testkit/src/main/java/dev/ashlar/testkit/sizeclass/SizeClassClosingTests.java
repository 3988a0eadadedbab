package dev.ashlar.testkit.sizeclass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Closing of strategies with size classes while threads work, in Java or in a foreign call. */
public abstract class SizeClassClosingTests {

    private static final long PATIENCE_SECONDS = 60;

    /** For subclasses. */
    protected SizeClassClosingTests() {}

    /** The provider of the strategy. */
    protected abstract AllocatorProvider provider();

    /** A compiled loop may keep a value that it has read, and not check again whether the allocator is open. */
    @Test
    void mustBeNoticedByALoopOverRawAddresses() throws InterruptedException {
        mustBeNoticed(addresses -> {
            while (true) {
                addresses.freeAddress(addresses.allocateAddress(64, 8), 64);
            }
        });
    }

    @Test
    void mustBeNoticedByALoopThatOnlyAllocates() throws InterruptedException {
        mustBeNoticed(addresses -> {
            long[] window = new long[64];
            for (int i = 0; ; i = (i + 1) % window.length) {
                if (window[i] != AddressAllocator.NULL) {
                    addresses.freeAddress(window[i], 64);
                }
                window[i] = addresses.allocateAddress(64, 8);
            }
        });
    }

    private interface Loop {
        void run(AddressAllocator addresses);
    }

    private void mustBeNoticed(Loop loop) throws InterruptedException {
        Allocator allocator = provider().create(AllocatorConfig.defaults());
        AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
        CountDownLatch noticed = new CountDownLatch(1);
        List<Throwable> how = Collections.synchronizedList(new ArrayList<>());
        Thread worker = Thread.ofPlatform().daemon().start(() -> {
            try {
                loop.run(addresses);
            } catch (RuntimeException e) {
                how.add(e);
                noticed.countDown();
            }
        });
        TimeUnit.MILLISECONDS.sleep(TestLength.of(300, 2_000)); // until it is compiled
        assertThat(worker.isAlive()).isTrue();
        allocator.close();
        assertThat(noticed.await(5, TimeUnit.SECONDS)).as("within five seconds").isTrue();
        assertThat(how.getFirst()).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }

    /** In the middle of any operation a thread gets an {@link IllegalStateException}, and no other exception. */
    @Test
    void mustTellEveryThreadAtWorkThatItIsClosed() {
        for (int round = 0; round < TestLength.of(60, 5_000); round++) {
            FaultySource source = FaultySource.withoutPadding();
            Allocator allocator = provider()
                    .create(AllocatorConfig.builder()
                            .source(source)
                            .retainedBytes(1 << 20)
                            .build());
            AtomicLong served = new AtomicLong();
            List<Race.Task> tasks = new ArrayList<>(Collections.nCopies(3, () -> workUntilClosed(allocator, served)));
            long until = 25L * round;
            tasks.add(() -> {
                Race.await(() -> served.get() > until);
                allocator.close();
            });
            Race.run(tasks);
            assertThat(source.openChunks()).isZero();
            assertThat(source.misuses()).isEmpty();
        }
    }

    private static void workUntilClosed(Allocator allocator, AtomicLong served) {
        List<MemorySegment> window = new ArrayList<>();
        try {
            for (int i = 0; ; i++) {
                window.add(allocator.allocate(i % 7 * 500L, 8));
                served.incrementAndGet();
                if (window.size() > 30) {
                    allocator.free(window.remove(i % 30));
                }
            }
        } catch (IllegalStateException e) {
            // as expected
        }
    }

    @Test
    void mustCloseOnceWhenThreadsCloseItTogether() {
        for (int round = 0; round < TestLength.of(50, 2_000); round++) {
            FaultySource source = FaultySource.withoutPadding();
            Allocator allocator =
                    provider().create(AllocatorConfig.builder().source(source).build());
            for (int i = 0; i < 50; i++) {
                allocator.allocate(i * 400L, 8);
            }
            allocator.allocate(100_000, 8);
            Race.run(Collections.nCopies(3, allocator::close));
            assertThat(source.openChunks()).isZero();
            assertThat(source.misuses()).isEmpty();
        }
    }

    @Test
    void mustCloseWhenItsUpstreamWasClosedBefore() {
        Allocator upstream = provider().create(AllocatorConfig.defaults());
        Allocator allocator =
                provider().create(AllocatorConfig.builder().upstream(upstream).build());
        allocator.allocate(100_000, 8);
        allocator.allocate(64, 8);
        upstream.close();
        assertThatIllegalStateException().isThrownBy(() -> allocator.allocate(200_000, 8));
        allocator.close();
        assertThatIllegalStateException().isThrownBy(() -> allocator.allocate(64, 8));
    }

    /** Chunks of the JDK, which cannot be closed while a channel works on them. */
    private static final class CountedChunks implements MemorySource {
        private final MemorySource jdk = MemorySources.require("jdk");
        private final AtomicInteger open = new AtomicInteger();

        @Override
        public String name() {
            return "counted";
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            Chunk chunk = jdk.take(byteSize, byteAlignment);
            if (chunk == null) {
                return null;
            }
            open.incrementAndGet();
            return new Chunk() {
                @Override
                public MemorySegment memory() {
                    return chunk.memory();
                }

                @Override
                public void close() {
                    chunk.close();
                    open.decrementAndGet();
                }
            };
        }
    }

    @Test
    void mustCloseAllButWhatAChannelWorksOnAndTheRestLater() throws IOException, InterruptedException {
        for (long byteSize : new long[] {100, 60_000, 200_000}) {
            CountedChunks source = new CountedChunks();
            Allocator allocator =
                    provider().create(AllocatorConfig.builder().source(source).build());
            List<MemorySegment> others = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                others.add(allocator.allocate(1000, 8));
                others.add(allocator.allocate(30_000, 8));
            }
            MemorySegment busy = allocator.allocate(byteSize, 8);
            for (int i = 0; i < 100; i++) {
                others.add(allocator.allocate(30_000, 8));
            }
            Pipe pipe = Pipe.open();
            Thread reader = startReading(pipe, busy.asByteBuffer());
            assertThat(source.open).hasValueGreaterThan(1);

            assertThatIllegalStateException().isThrownBy(allocator::close);
            assertThat(source.open).as("chunks open: the busy one").hasValue(1);
            assertThat(busy.scope().isAlive()).isTrue();
            assertThat(others.stream().filter(block -> block.scope().isAlive()).count())
                    .as("blocks beside the busy one in its chunk")
                    .isLessThan(others.size() / 4);
            assertThatIllegalStateException().isThrownBy(() -> allocator.allocate(8, 8));
            assertThatIllegalStateException().isThrownBy(allocator::close);
            assertThat(source.open).hasValue(1);

            pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
            reader.join();
            allocator.close();
            assertThat(source.open).hasValue(0);
            allocator.close();
            pipe.sink().close();
            pipe.source().close();
        }
    }

    private static Thread startReading(Pipe pipe, ByteBuffer buffer) throws InterruptedException {
        Thread reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                pipe.source().read(buffer);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isInNativeRead(reader)) {
            assertThat(System.nanoTime()).isLessThan(until);
            Thread.onSpinWait();
        }
        return reader;
    }

    private static boolean isInNativeRead(Thread thread) {
        StackTraceElement[] stack = thread.getStackTrace();
        return stack.length > 0
                && stack[0].isNativeMethod()
                && stack[0].getMethodName().startsWith("read");
    }
}
