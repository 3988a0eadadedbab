package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.TellingAllocator;
import dev.ashlar.testkit.UnbackedSource;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AshlarByteBufAllocatorTest {

    private final Allocator allocator = Slab.builder().limit("8MiB").build();
    private final AshlarByteBufAllocator netty = new AshlarByteBufAllocator(allocator);

    @AfterEach
    void close() {
        assertThat(live()).isZero();
        netty.close();
        allocator.close();
    }

    private long live() {
        return allocator.stats().liveBlocks();
    }

    /** Runs on a thread as Netty's event loops have, to its end, and throws what it threw. */
    private static void onEventLoop(Runnable work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable all = () -> {
            try {
                work.run();
                FastThreadLocal.removeAll(); // as at the end of an event loop
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        };
        new FastThreadLocalThread(all).start();
        try {
            done.join();
        } catch (CompletionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private ByteBuf text(String text) {
        return netty.directBuffer(text.length()).writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(ByteBuf buffer) {
        return buffer.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void mustTakeDirectBuffersFromTheAllocator() {
        ByteBuf buffer = netty.buffer(1000);
        assertThat(buffer.isDirect()).isTrue();
        assertThat(buffer.hasMemoryAddress()).isTrue();
        assertThat(allocator.as(Owner.class).orElseThrow().isLive(buffer.memoryAddress()))
                .isTrue();
        assertThat(live()).isEqualTo(1);
        assertThat(buffer.alloc()).isSameAs(netty);
        buffer.release();
        assertThat(live()).isZero();
        assertThatExceptionOfType(IllegalReferenceCountException.class).isThrownBy(() -> buffer.getByte(0));
        assertThatExceptionOfType(IllegalReferenceCountException.class).isThrownBy(buffer::release);
    }

    @Test
    void mustTakeNoBlockForNoBytes() {
        ByteBuf buffer = netty.directBuffer(0, 100);
        assertThat(live()).isZero();
        buffer.writeByte(7);
        assertThat(live()).isEqualTo(1);
        assertThat(buffer.getByte(0)).isEqualTo((byte) 7);
        buffer.release();
    }

    @Test
    void mustGrowInPlaceWhereTheBlockHasRoom() {
        ByteBuf buffer = text("ashlar").capacity(150);
        long address = buffer.memoryAddress();
        long allocations = allocator.stats().allocations();
        int room = (int) allocator.goodSize(150, Long.BYTES);
        assertThat(room).isGreaterThan(150);
        buffer.capacity(room);
        assertThat(buffer.capacity()).isEqualTo(room);
        assertThat(buffer.memoryAddress()).isEqualTo(address);
        assertThat(allocator.stats().allocations()).isEqualTo(allocations);
        assertThat(text(buffer)).isEqualTo("ashlar");
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> buffer.getByte(room));
        buffer.release();
    }

    @Test
    void mustMoveToABlockOfTheSizeThatIsUsed() {
        ByteBuf buffer = text("ashlar");
        for (int capacity : new int[] {5_000, 100_000, 3_000_000, 40_000, 700, 300, 6}) {
            buffer.capacity(capacity);
            assertThat(buffer.capacity()).isEqualTo(capacity);
            assertThat(text(buffer)).isEqualTo("ashlar");
            assertThat(live()).isEqualTo(1);
        }
        assertThat(allocator.stats().allocatedBytes()).isLessThanOrEqualTo(700);
        buffer.capacity(3);
        assertThat(text(buffer)).isEqualTo("ash");
        buffer.release();
    }

    @Test
    void mustShareABlockAmongItsViews() {
        ByteBuf buffer = text("ashlar");
        ByteBuf slice = buffer.retainedSlice(3, 3);
        ByteBuf duplicate = buffer.retainedDuplicate();
        ByteBuf copy = buffer.copy();
        assertThat(live()).isEqualTo(2);
        buffer.release();
        buffer.release();
        assertThat(text(slice)).isEqualTo("lar");
        duplicate.release();
        assertThat(live()).isEqualTo(1);
        assertThat(text(copy)).isEqualTo("ashlar");
        copy.release();
    }

    @Test
    void mustJoinBuffers() {
        CompositeByteBuf whole = netty.compositeDirectBuffer();
        whole.addComponent(true, text("ash")).addComponent(true, text("lar"));
        assertThat(text(whole)).isEqualTo("ashlar");
        whole.release();
    }

    @Test
    void mustRefuseWithTheErrorThatNettyClosesAChannelFor() {
        ByteBuf small = text("ashlar");
        Refusal refusal = allocator.refusal(16 << 20, Long.BYTES);
        assertThatExceptionOfType(AllocationError.class)
                .isThrownBy(() -> netty.directBuffer(16 << 20))
                .isInstanceOf(OutOfMemoryError.class)
                .withMessage(refusal.message())
                .satisfies(error -> assertThat(error.refusal().limitBytes()).isEqualTo(8 << 20));
        assertThatExceptionOfType(AllocationError.class).isThrownBy(() -> small.capacity(16 << 20));
        assertThat(text(small)).as("a buffer whose growth is refused").isEqualTo("ashlar");
        assertThat(small.capacity()).isEqualTo(6);
        small.release();
    }

    @Test
    void mustReportItsOwnShareAndCountAgainstTheLimit() {
        Allocator all = Allocators.limited(allocator, "all", 1 << 20);
        Allocator share = Allocators.limited(all, "netty", 256 << 10);
        AshlarByteBufAllocator buffers = new AshlarByteBufAllocator(share);
        try (Allocator sibling = Allocators.limited(all, "sibling", 1 << 20)) {
            var block = sibling.allocate(512 << 10, 8);
            ByteBuf buffer = buffers.directBuffer(64 << 10);
            assertThat(share.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(64 << 10);
            assertThat(all.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(576 << 10);
            assertThat(buffers.metric().usedDirectMemory()).isEqualTo(64 << 10);
            assertThatExceptionOfType(AllocationError.class)
                    .isThrownBy(() -> buffers.directBuffer(256 << 10))
                    .withMessageContaining("netty");
            buffer.release();
            sibling.free(block);
        }
        buffers.close();
        share.close();
        assertThat(share.as(Limit.class).orElseThrow().usedBytes()).isZero();
    }

    @Test
    void mustOpenABufferThatAnEventLoopKept() {
        onEventLoop(() -> {
            ByteBuf first = netty.directBuffer(256, 1000).writeInt(1).markWriterIndex();
            first.readShort();
            first.markReaderIndex();
            long address = first.memoryAddress();
            first.release();
            assertThat(live()).isEqualTo(1);
            long allocations = allocator.stats().allocations();
            ByteBuf second = netty.directBuffer(256, 500);
            assertThat(allocator.stats().allocations()).isEqualTo(allocations);
            assertThat(second.memoryAddress()).isEqualTo(address);
            assertThat(second.refCnt()).isEqualTo(1);
            assertThat(second.capacity()).isEqualTo(256);
            assertThat(second.maxCapacity()).isEqualTo(500);
            assertThat(second.readableBytes()).isZero();
            assertThat(second.resetReaderIndex().resetWriterIndex().writerIndex())
                    .isZero();
            ByteBuf third = netty.directBuffer(256);
            assertThat(third.memoryAddress()).isNotEqualTo(address);
            third.release();
            second.release();
        });
        assertThat(live()).as("after the end of the event loop").isZero();
    }

    /** As a hardened allocator does for a block whose surroundings were written. */
    @Test
    void mustCountABufferAsFreedIfTheAllocatorHasSomethingToTell() {
        TellingAllocator telling = new TellingAllocator(allocator);
        telling.tell(true);
        AshlarByteBufAllocator ofTelling = new AshlarByteBufAllocator(telling);
        ByteBuf buffer = ofTelling.directBuffer(1000);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(buffer::release);
        assertThat(ofTelling.metric().usedDirectMemory()).isZero();
    }

    @Test
    void mustKeepWithinTheBound() {
        onEventLoop(() -> {
            List<ByteBuf> buffers = new ArrayList<>();
            for (int size = 16; size <= 1 << 17; size *= 2) {
                for (int i = 0; i < 3; i++) {
                    buffers.add(netty.directBuffer(size));
                    buffers.add(netty.directBuffer(size + 8));
                }
            }
            buffers.forEach(ByteBuf::release);
            assertThat(netty.metric().usedDirectMemory())
                    .isEqualTo(allocator.stats().allocatedBytes())
                    .isBetween(32L << 10, 64L << 10);
        });
    }

    @Test
    void mustKeepWithinTheLargestBound() {
        try (Allocator unbacked = Slab.builder().source(new UnbackedSource()).build()) {
            AshlarByteBufAllocator buffers = new AshlarByteBufAllocator(unbacked, true, Integer.MAX_VALUE);
            onEventLoop(() -> {
                ByteBuf first = buffers.directBuffer(1 << 30);
                ByteBuf second = buffers.directBuffer(1 << 30);
                first.release();
                second.release();
                assertThat(unbacked.stats().liveBlocks()).isEqualTo(1);
            });
            assertThat(unbacked.stats().liveBlocks()).isZero();
            buffers.close();
        }
    }

    @Test
    void mustFreeWhatAnotherThreadReleases() throws InterruptedException {
        onEventLoop(() -> {
            ByteBuf buffer = netty.directBuffer(256);
            onEventLoop(buffer::release);
            assertThat(live()).isZero();
        });
        ByteBuf[] fromEventLoop = new ByteBuf[1];
        onEventLoop(() -> fromEventLoop[0] = netty.directBuffer(256));
        assertThat(live()).isEqualTo(1);
        fromEventLoop[0].release();
        assertThat(live()).isZero();
    }

    @Test
    void mustFreeWhatAnEventLoopKeepsBeforeARefusal() {
        Allocator share = Allocators.limited(allocator, "netty", 64 << 10);
        AshlarByteBufAllocator buffers = new AshlarByteBufAllocator(share);
        onEventLoop(() -> {
            buffers.directBuffer(32 << 10).release();
            assertThat(share.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(32 << 10);
            buffers.directBuffer(64 << 10).release();
        });
        buffers.close();
        share.close();
    }

    @Test
    void mustKeepNothingFromAnAllocatorThatLooksForErrors() {
        for (Allocator watched : List.of(
                Allocators.hardening(allocator, Hardening.Level.CANARIES),
                Allocators.tracking(allocator, Tracking.builder().build()))) {
            AshlarByteBufAllocator buffers = new AshlarByteBufAllocator(watched);
            onEventLoop(() -> {
                buffers.directBuffer(256).release();
                assertThat(live()).isZero();
            });
            buffers.close();
            watched.close();
        }
    }

    @Test
    void mustListWhatIsLiveWhenItIsClosed() {
        ByteBuf small = netty.directBuffer(256);
        ByteBuf large = netty.directBuffer(4096);
        try (LeakLog log = new LeakLog()) {
            netty.close();
            netty.close();
            assertThat(log.messages())
                    .singleElement()
                    .asString()
                    .contains("2 live blocks of 4352 bytes", "1 x 4096", "1 x 256");
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> netty.directBuffer(1))
                .withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> netty.heapBuffer(1)).withMessageContaining("closed");
        assertThatIllegalStateException().isThrownBy(() -> small.capacity(100_000));
        small.release();
        large.release();
    }

    @Test
    void mustNotListBlocksOfOthersWhenItIsClosed() {
        var block = allocator.allocate(64, 8);
        ByteBuf buffer = netty.directBuffer(256);
        try (LeakLog log = new LeakLog()) {
            netty.close();
            assertThat(log.messages())
                    .singleElement()
                    .asString()
                    .contains("1 live block of 256 bytes")
                    .doesNotContain("x 64");
        }
        buffer.release();
        allocator.free(block);
    }

    @Test
    void mustFreeWhatARunningEventLoopKeepsAfterTheClose() {
        onEventLoop(() -> {
            ByteBuf held = netty.directBuffer(512);
            netty.directBuffer(256).release();
            assertThat(live()).isEqualTo(2);
            onEventLoop(() -> {
                try (LeakLog log = new LeakLog()) {
                    netty.close();
                    assertThat(log.messages()).singleElement().asString().contains("1 live block of 512 bytes");
                }
            });
            held.release();
            assertThat(live()).isZero();
        });
    }

    @Test
    void mustTakeReleasesAfterTheAllocatorIsClosed() {
        AshlarByteBufAllocator standard = AshlarByteBufAllocator.standard();
        ByteBuf buffer = standard.directBuffer(256);
        onEventLoop(() -> {
            standard.directBuffer(256).release();
            try (LeakLog log = new LeakLog()) {
                standard.close();
                assertThat(log.messages()).isNotEmpty();
            }
        });
        assertThatIllegalStateException().isThrownBy(() -> buffer.getByte(0)); // the JDK's: its memory is gone
        assertThatCode(buffer::release).doesNotThrowAnyException();
        assertThat(standard.metric().usedDirectMemory()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> standard.directBuffer(256));
    }

    @Test
    void mustPoolArraysWithinABound() {
        List<ByteBuf> buffers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            buffers.add(netty.heapBuffer(256 << 10));
        }
        buffers.forEach(ByteBuf::release);
        assertThat(netty.metric().usedHeapMemory()).isEqualTo(1 << 20);
        ByteBuf other = netty.heapBuffer(2 << 20);
        assertThat(netty.metric().usedHeapMemory()).isEqualTo(3 << 20);
        other.release();
        assertThat(netty.metric().usedHeapMemory()).isEqualTo(1 << 20);
        assertThat(live()).isZero();
    }

    @Test
    void mustRefuseANegativeBound() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AshlarByteBufAllocator(allocator, true, -1))
                .withMessageContaining("-1");
    }
}
