package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CountedBlockTest {

    private final CheckingAllocator allocator = new CheckingAllocator(1 << 20);

    @Test
    void mustFreeTheBlockWithTheLastReference() {
        CountedBlock block = CountedBlock.of(allocator, allocator.allocate(100, 8));
        assertThat(block.retain()).isSameAs(block);
        assertThat(block.references()).isEqualTo(2);
        assertThat(block.release()).isFalse();
        assertThat(block.memory().byteSize()).isEqualTo(100);
        assertThat(allocator.stats().liveBlocks()).isOne();
        try (block) {
            assertThat(block.references()).isOne();
        }
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(block.references()).isZero();
    }

    @Test
    void mustRefuseEverythingOnceItIsFreed() {
        CountedBlock block = CountedBlock.of(allocator, allocator.allocate(100, 8));
        assertThat(block.release()).isTrue();
        assertThatIllegalStateException().isThrownBy(block::release).withMessageContaining("released");
        assertThatIllegalStateException().isThrownBy(block::retain);
        assertThatIllegalStateException().isThrownBy(block::memory);
    }

    @Test
    void mustKeepTheReferenceIfTheBlockCannotBeFreed() {
        MemorySegment memory = allocator.allocate(100, 8);
        CountedBlock block = CountedBlock.of(allocator, memory);
        allocator.free(memory); // not through the counted block
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(block::release);
        assertThat(block.references()).isOne();
    }

    /** One thread for each reference; all release at the same time. */
    @Test
    void mustFreeOnceHoweverManyThreadsRelease() throws InterruptedException {
        int threads = 4;
        for (int round = 0; round < 500; round++) {
            CountedBlock block = CountedBlock.of(allocator, allocator.allocate(8, 8));
            for (int i = 1; i < threads; i++) {
                block.retain();
            }
            CountDownLatch start = new CountDownLatch(1);
            AtomicInteger last = new AtomicInteger();
            List<Thread> releasing = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                releasing.add(Thread.ofVirtual().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    if (block.retain().release() || block.release()) {
                        last.incrementAndGet();
                    }
                }));
            }
            start.countDown();
            for (Thread thread : releasing) {
                thread.join();
            }
            assertThat(last).hasValue(1);
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }
}
