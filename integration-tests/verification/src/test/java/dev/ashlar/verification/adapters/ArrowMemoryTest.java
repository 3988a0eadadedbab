package dev.ashlar.verification.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArrowMemoryTest {

    private final Allocator allocator = Slab.builder().limit("1MiB").build();
    private final RootAllocator arrow = new RootAllocator(RootAllocator.configBuilder()
            .allocationManagerFactory(ArrowMemory.over(allocator))
            .listener(AllocationListener.NOOP)
            .build());

    @AfterEach
    void nothingMustBeLive() {
        arrow.close();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void mustServeBuffersOfChildren() {
        try (BufferAllocator child = arrow.newChildAllocator("vectors", 0, 1 << 20);
                ArrowBuf buffer = child.buffer(1_000)) {
            buffer.setLong(992, 42);
            assertThat(buffer.getLong(992)).isEqualTo(42);
            assertThat(buffer.memoryAddress() % 64).isZero();
            assertThat(child.getAllocatedMemory()).isEqualTo(allocator.stats().allocatedBytes());
        }
    }

    @Test
    void mustRefuseAsArrowDoes() {
        assertThatExceptionOfType(OutOfMemoryException.class)
                .isThrownBy(() -> arrow.buffer(2 << 20))
                .withMessageContaining("2097152");
        assertThat(arrow.getAllocatedMemory()).isZero();
    }
}
