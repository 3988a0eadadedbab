package dev.ashlar.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.bytes.CapacityByteArrayOutputStream;
import org.apache.parquet.bytes.TrackingByteBufferAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Single buffers. */
class ParquetBuffersTest {

    private final Allocator allocator = Slab.builder().limit("16MiB").build();
    private final Limit limit = Limit.of("pages", 1 << 20);
    private final ParquetBuffers buffers = ParquetBuffers.over(allocator, limit);

    @AfterEach
    void nothingMustBeLive() {
        buffers.close();
        assertThat(limit.usedBytes()).isZero();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void mustReleaseABlockByAnyViewOfItsBuffer() {
        assertThat(buffers.isDirect()).isTrue();
        for (int i = 0; i < 4; i++) {
            ByteBuffer buffer = buffers.allocate(1000);
            assertThat(buffer.isDirect()).isTrue();
            assertThat(buffer.capacity()).isEqualTo(1000);
            buffer.putLong(992, 42).position(10);
            assertThat(buffers.stats().requestedBytes()).isEqualTo(1000);
            buffers.release(
                    switch (i) {
                        case 0 -> buffer;
                        case 1 -> buffer.slice();
                        case 2 -> buffer.duplicate().limit(20);
                        default -> buffer.slice(500, 10).asReadOnlyBuffer();
                    });
            assertThat(buffers.stats().liveBlocks()).isZero();
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> buffers.release(buffer));
        }
    }

    @Test
    void mustRefuseBuffersOfOthers() {
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> buffers.release(ByteBuffer.allocateDirect(10)));
        assertThatIllegalArgumentException().isThrownBy(() -> buffers.release(ByteBuffer.allocate(10)));
        assertThatIllegalArgumentException().isThrownBy(() -> buffers.allocate(-1));
    }

    @Test
    void mustServeTheSlabsOfAStream() throws IOException {
        try (TrackingByteBufferAllocator tracked = TrackingByteBufferAllocator.wrap(buffers)) {
            try (CapacityByteArrayOutputStream stream = new CapacityByteArrayOutputStream(64, 1 << 20, tracked)) {
                byte[] written = new byte[100_000];
                written[99_999] = 42;
                stream.write(written, 0, written.length);
                assertThat(buffers.stats().liveBlocks()).isPositive();
                ByteArrayOutputStream read = new ByteArrayOutputStream();
                stream.writeTo(read);
                assertThat(read.toByteArray()).isEqualTo(written);
            }
            assertThat(buffers.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustAskTheListenersOfTheLimitBeforeItRefuses() {
        List<ByteBuffer> cached = new ArrayList<>(List.of(buffers.allocate(1 << 20)));
        limit.onRefusal((full, missing) -> {
            boolean hadSome = !cached.isEmpty();
            cached.forEach(buffers::release);
            cached.clear();
            return hadSome;
        });
        ByteBuffer second = buffers.allocate(1 << 19);
        assertThat(cached).isEmpty();
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> buffers.allocate(1 << 20))
                .withMessageContaining("'pages'")
                .withMessageContaining("1048576");
        buffers.release(second);
    }

    @Test
    void mustTellWhatIsLiveWhenItIsClosed() {
        ByteBuffer buffer = buffers.allocate(3000);
        try (LeakLog log = new LeakLog()) {
            buffers.close();
            buffers.close();
            assertThat(log.messages()).singleElement().asString().contains("'pages'", "1 live block of 3000 bytes");
        }
        assertThatIllegalStateException().isThrownBy(() -> buffers.allocate(1));
        buffer.putInt(0, 42);
        buffers.release(buffer);
        assertThat(buffers.stats().liveBlocks()).isZero();
    }

    @Test
    void mustMakeAndCloseTheStandardAllocator() {
        ParquetBuffers standard = ParquetBuffers.standard();
        standard.release(standard.allocate(1000));
        assertThat(standard.limit().name()).isEqualTo("parquet");
        assertThat(standard.stats().committedBytes()).isPositive();
        standard.close();
        assertThat(standard.stats().committedBytes()).isZero();
    }

    @Test
    void mustBeAShareOfALimitedView() {
        Allocator server = Allocators.limited(allocator, "server", 4096);
        try (ParquetBuffers share = ParquetBuffers.over(server)) {
            ByteBuffer buffer = share.allocate(1000);
            assertThat(server.as(Limit.class).orElseThrow().usedBytes())
                    .isEqualTo(share.limit().usedBytes())
                    .isGreaterThanOrEqualTo(1000);
            share.release(buffer);
        }
        assertThat(server.as(Limit.class).orElseThrow().usedBytes()).isZero();
    }
}
