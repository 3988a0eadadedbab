package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.CountedBlock;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What decorators count when a free upstream throws: nothing if it was refused, otherwise the free. */
class FailedFreeTest {

    private final Upstream upstream = new Upstream();
    private MemorySegment last = MemorySegment.NULL;
    private final Limit limit = Limit.of("limit", 1000);
    private final Allocator limited = Allocators.limited(upstream, limit);

    /** Frees, and then throws what a test wants; or throws without freeing. */
    private static final class Upstream extends CapableAllocator {
        private @Nullable RuntimeException failure;
        private boolean refuses;

        Upstream() {
            super(1 << 20);
        }

        @Override
        public synchronized void free(MemorySegment block) {
            if (!refuses) {
                super.free(block);
            }
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void freeAll(Collection<MemorySegment> blocks) {
            if (!refuses) {
                blocks.forEach(super::free);
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    /** Tells something about a block that it freed. */
    private void freesAndThrows() {
        upstream.failure = new UnsupportedOperationException("there is something to tell");
    }

    /** A foreign call uses the block. */
    private void refuses() {
        upstream.failure = new IllegalStateException("busy");
        upstream.refuses = true;
    }

    @AfterEach
    void everythingMustBeFreed() {
        assertThat(upstream.stats().liveBlocks()).isZero();
    }

    private void free(Allocator allocator, MemorySegment block, String way) {
        switch (way) {
            case "free" -> allocator.free(block);
            case "freeAll" -> allocator.freeAll(List.of(block));
            default ->
                allocator.as(AddressAllocator.class).orElseThrow().freeAddress(block.address(), block.byteSize());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"free", "freeAll", "freeAddress"})
    void mustDischargeALimitForABlockThatIsFreed(String way) {
        MemorySegment block = limited.allocate(600, 8);
        freesAndThrows();
        assertThatThrownBy(() -> free(limited, block, way)).isSameAs(upstream.failure);
        assertThat(limit.usedBytes()).isZero();
        assertThat(limited.stats().liveBlocks()).isZero();
        assertThat(limited.stats().requestedBytes()).isZero();
        assertThat(limited.stats().invalidFrees()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"free", "freeAll", "freeAddress"})
    void mustKeepTheChargeOfABlockThatIsLive(String way) {
        MemorySegment block = limited.allocate(600, 8);
        refuses();
        assertThatThrownBy(() -> free(limited, block, way)).isSameAs(upstream.failure);
        assertThat(limit.usedBytes()).isEqualTo(600);
        assertThat(limited.stats().liveBlocks()).isOne();
        upstream.failure = null;
        upstream.refuses = false;
        free(limited, block, way);
        assertThat(limit.usedBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"free", "freeAll", "freeAddress"})
    void mustNotTrackABlockThatIsFreed(String way) {
        Allocator tracking = Allocators.tracking(
                upstream, Tracking.builder().bytesPerSample(1).build());
        MemorySegment block = tracking.allocate(600, 8);
        freesAndThrows();
        assertThatThrownBy(() -> free(tracking, block, way)).isSameAs(upstream.failure);
        assertThat(tracking.as(Tracked.class).orElseThrow().report().liveBlocks())
                .isZero();
    }

    @Test
    void mustEndACountedBlockThatIsFreed() {
        CountedBlock block = CountedBlock.of(upstream, upstream.allocate(100, 8));
        freesAndThrows();
        assertThatThrownBy(block::release).isSameAs(upstream.failure);
        assertThat(block.references()).isZero();
    }

    @Test
    void mustKeepTheReferenceToABlockThatIsLive() {
        CountedBlock block = CountedBlock.of(upstream, upstream.allocate(100, 8));
        refuses();
        assertThatThrownBy(block::release).isSameAs(upstream.failure);
        upstream.failure = null;
        upstream.refuses = false;
        assertThat(block.release()).isTrue();
    }

    @Test
    void mustForgetABufferThatIsFreed() {
        ByteBufferAllocator buffers = new ByteBufferAllocator(upstream);
        ByteBuffer buffer = buffers.allocate(100);
        freesAndThrows();
        assertThatThrownBy(() -> buffers.free(buffer)).isSameAs(upstream.failure);
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> buffers.free(buffer))
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo(InvalidBlockException.Reason.FOREIGN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"free", "freeAll", "freeAddress"})
    void mustRecordTheFreeOfABlockThatIsFreed(String way, @TempDir Path folder) throws IOException {
        assertThat(recorded(folder.resolve("a.trace.gz"), way, this::freesAndThrows))
                .containsExactly("a 0 600", "f 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"free", "freeAll", "freeAddress"})
    void mustTakeBackTheRecordedFreeOfABlockThatIsLive(String way, @TempDir Path folder) throws IOException {
        assertThat(recorded(folder.resolve("a.trace.gz"), way, this::refuses))
                .containsExactly("a 0 600", "f 0", "a 1 600");
        upstream.failure = null;
        upstream.refuses = false;
        upstream.free(last);
    }

    /** The events of a block whose free throws. */
    private List<String> recorded(Path file, String way, Runnable failure) throws IOException {
        try (TraceRecorder recorder = TraceRecorder.to(file)) {
            Allocator recording = recorder.recording(upstream);
            last = recording.allocate(600, 8);
            failure.run();
            assertThatThrownBy(() -> free(recording, last, way)).isSameAs(upstream.failure);
        }
        try (InputStream trace = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(trace.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("a ") || line.startsWith("f "))
                    .toList();
        }
    }
}
