package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.arrow.ArrowMemory;
import dev.ashlar.spi.Ashlar;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Arrow over Ashlar. */
@Tag("unsafe")
class ArrowCodeTest {

    @Test
    void memory() {
        try (Allocator allocator = Ashlar.allocator()) {
            Limit process = Limit.of("process", 1 << 30);
            // @start region="arrow"
            Limit limit = process.child("arrow").bytes(64 << 20).build();
            try (ArrowMemory memory = ArrowMemory.over(allocator, limit);
                    RootAllocator root = memory.rootAllocator();
                    BufferAllocator reader = root.newChildAllocator("reader", 0, 16 << 20);
                    ArrowBuf buffer = reader.buffer(1000)) {
                buffer.setLong(0, 42);
                assert memory.limitOf(reader).usedBytes() == reader.getAllocatedMemory();
            }
            // @end
            assertThat(allocator.stats().allocations()).isPositive();
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void pressure() {
        try (ArrowMemory memory = ArrowMemory.standard();
                RootAllocator root = memory.rootAllocator();
                BufferAllocator cache = root.newChildAllocator("cache", 0, 1 << 20)) {
            Deque<ArrowBuf> cached = new ArrayDeque<>();
            // @start region="arrow-pressure"
            memory.limitOf(cache).onRefusal((limit, missingBytes) -> {
                ArrowBuf oldest = cached.poll();
                if (oldest != null) {
                    oldest.close();
                }
                return oldest != null;
            });
            // @end
            cached.add(cache.buffer(1 << 20));
            cached.add(cache.buffer(1 << 10));
            assertThat(cached).hasSize(1);
            assertThatExceptionOfType(OutOfMemoryException.class).isThrownBy(() -> cache.buffer(2 << 20));
            assertThat(cached).isEmpty();
        }
    }

    @Test
    void byDefault() {
        // @start region="arrow-default"
        try (BufferAllocator root = new RootAllocator();
                ArrowBuf buffer = root.buffer(1000)) {
            assert ArrowMemory.shared().limit().usedBytes() == buffer.capacity();
        }
        // @end
        assertThat(ArrowMemory.shared().stats().allocations()).isPositive();
    }
}
