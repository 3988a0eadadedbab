package dev.ashlar.verification.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.slab.Slab;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.parquet.bytes.CapacityByteArrayOutputStream;
import org.apache.parquet.bytes.TrackingByteBufferAllocator;
import org.junit.jupiter.api.Test;

class ParquetBuffersTest {

    @Test
    void mustServeTheSlabsOfAStream() throws IOException {
        try (Allocator allocator = Slab.allocator();
                TrackingByteBufferAllocator tracked =
                        TrackingByteBufferAllocator.wrap(new ParquetBuffers(new ByteBufferAllocator(allocator)))) {
            try (CapacityByteArrayOutputStream stream = new CapacityByteArrayOutputStream(64, 1 << 20, tracked)) {
                byte[] written = new byte[100_000];
                written[99_999] = 42;
                stream.write(written, 0, written.length);
                assertThat(allocator.stats().liveBlocks()).isPositive();
                ByteArrayOutputStream read = new ByteArrayOutputStream();
                stream.writeTo(read);
                assertThat(read.toByteArray()).isEqualTo(written);
            }
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }
}
