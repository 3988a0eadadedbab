package dev.ashlar.jetty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.TellingAllocator;
import java.nio.ByteBuffer;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AshlarByteBufferPoolTest {

    private final Allocator allocator = Slab.allocator();
    private final Allocator share = Allocators.limited(allocator, "jetty", 1 << 20);
    private final AshlarByteBufferPool pool = new AshlarByteBufferPool(share);

    @AfterEach
    void close() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        share.close();
        allocator.close();
    }

    @Test
    void mustHandOutABlockUntilTheLastRelease() {
        RetainableByteBuffer.Mutable buffer = pool.acquire(1000, true);
        assertThat(buffer.isDirect()).isTrue();
        assertThat(buffer.capacity()).isEqualTo(1000);
        assertThat(buffer.remaining()).isZero();
        assertThat(buffer.append(ByteBuffer.wrap(new byte[1000]))).isTrue();
        assertThat(pool.liveBytes()).isEqualTo(1000);
        assertThat(share.as(Limit.class).orElseThrow().usedBytes()).isBetween(1000L, 1100L);
        buffer.retain();
        assertThat(buffer.release()).isFalse();
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        assertThat(buffer.release()).isTrue();
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(pool.liveBytes()).isZero();
    }

    /** As a hardened allocator does for a block whose surroundings were written. */
    @Test
    void mustCountABufferAsFreedIfTheAllocatorHasSomethingToTell() {
        TellingAllocator telling = new TellingAllocator(allocator);
        telling.tell(true);
        AshlarByteBufferPool ofTelling = new AshlarByteBufferPool(telling);
        RetainableByteBuffer buffer = ofTelling.acquire(1000, true);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(buffer::release);
        assertThat(ofTelling.liveBytes()).isZero();
    }

    @Test
    void mustHandOutArraysForTheHeap() {
        RetainableByteBuffer buffer = pool.acquire(1000, false);
        assertThat(buffer.getByteBuffer().hasArray()).isTrue();
        assertThat(buffer.capacity()).isGreaterThanOrEqualTo(1000);
        assertThat(allocator.stats().allocations()).isZero();
        buffer.release();
        pool.clear();
    }

    @Test
    void mustRefuseWithTheReason() {
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> pool.acquire(2 << 20, true))
                .withMessageContaining("jetty");
        assertThat(pool.liveBytes()).isZero();
    }

    @Test
    void mustSayWhatIsLiveWhenItIsStopped() throws Exception {
        pool.start();
        RetainableByteBuffer buffer = pool.acquire(1000, true);
        try (LeakLog log = new LeakLog()) {
            pool.stop();
            assertThat(log.messages()).singleElement().asString().contains("1 live block of 1000 bytes");
        }
        buffer.release();
        pool.start();
        pool.stop();
    }

    @Test
    void mustCloseItsOwnAllocator() throws Exception {
        AshlarByteBufferPool standard = AshlarByteBufferPool.standard();
        standard.start();
        RetainableByteBuffer buffer = standard.acquire(1000, true);
        try (LeakLog log = new LeakLog()) {
            standard.stop();
            assertThat(log.messages()).isNotEmpty();
        }
        assertThatIllegalStateException().isThrownBy(() -> standard.acquire(1000, true));
        assertThat(buffer.release()).isTrue();
        assertThat(standard.liveBytes()).isZero();
        assertThatIllegalStateException().isThrownBy(standard::start).withMessageContaining("another pool");
    }
}
