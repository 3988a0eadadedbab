package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.InvalidBlockException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The traces that a recorder writes. The tests of replay play them. */
class TraceRecorderTest {

    @TempDir
    Path folder;

    private final CheckingAllocator upstream = new CheckingAllocator(1 << 20);

    private Path file() {
        return folder.resolve("my.trace.gz");
    }

    private List<String> lines() throws IOException {
        try (InputStream trace = new GZIPInputStream(Files.newInputStream(file()))) {
            return new String(trace.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        }
    }

    private static String thisThread() {
        return "t " + Thread.currentThread().threadId();
    }

    @Test
    void mustWriteEveryEventInItsOrder() throws IOException {
        try (TraceRecorder recorder = TraceRecorder.to(file())) {
            Allocator recorded = recorder.recording(upstream);
            MemorySegment first = recorded.allocate(100, 8);
            MemorySegment second = recorded.allocate(200, 64);
            recorded.free(first);
            MemorySegment third = recorded.resize(second, 300, 1);
            List<MemorySegment> both = recorded.allocateAll(16, 8, 2);
            recorded.freeAll(both);
            recorded.free(third);
            recorded.free(recorded.allocateZeroed(8, 1));
            recorded.free(recorded.allocate(9, 1, AllocationHints.NONE));
            assertThat(recorder.events()).isEqualTo(14);
        }
        assertThat(lines())
                .containsExactly(
                        thisThread(),
                        "a 0 100",
                        "a 1 200 64",
                        "f 0",
                        "f 1",
                        "a 2 300",
                        "a 3 16",
                        "a 4 16",
                        "f 3",
                        "f 4",
                        "f 2",
                        "a 5 8",
                        "f 5",
                        "a 6 9",
                        "f 6");
    }

    @Test
    void mustWriteWhichThreadDidIt() throws Exception {
        long[] other = new long[1];
        try (TraceRecorder recorder = TraceRecorder.to(file())) {
            Allocator recorded = recorder.recording(upstream);
            MemorySegment block = recorded.allocate(100, 8);
            Thread thread = Thread.ofPlatform().start(() -> recorded.free(block));
            thread.join();
            other[0] = thread.threadId();
            recorded.free(recorded.allocate(1, 1));
        }
        assertThat(lines())
                .containsExactly(thisThread(), "a 0 100", "t " + other[0], "f 0", thisThread(), "a 1 1", "f 1");
    }

    /** The trace stays one that can be played: what was not freed, and what was allocated before, is not in it. */
    @Test
    void mustLeaveOutWhatWasRefusedAndWhatItDoesNotKnow() throws IOException {
        MemorySegment before = upstream.allocate(10, 1);
        try (TraceRecorder recorder = TraceRecorder.to(file())) {
            Allocator recorded = recorder.recording(Allocators.limited(upstream, 1_000));
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> recorded.allocate(2_000, 1));
            assertThat(recorded.tryAllocate(2_000, 1)).isNull();
            MemorySegment block = recorded.allocate(100, 1);
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> recorded.resize(block, 2_000, 1));
            recorded.free(block);
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> recorded.free(block));
        }
        upstream.free(before);
        assertThat(lines()).containsExactly(thisThread(), "a 0 100", "f 0", "a 1 100", "f 1");
    }

    /** A block that could not be freed is live, and its free is recorded when it comes to be. */
    @Test
    void mustKnowABlockWhoseFreeFailed() throws IOException {
        boolean[] isBusy = {false};
        try (CapableAllocator busy = new CapableAllocator(1_000) {
                    @Override
                    public synchronized void free(MemorySegment block) {
                        if (isBusy[0]) {
                            throw new IllegalStateException("a foreign call works on the block");
                        }
                        super.free(block);
                    }
                };
                TraceRecorder recorder = TraceRecorder.to(file())) {
            Allocator recorded = recorder.recording(busy);
            AddressAllocator addresses = recorded.as(AddressAllocator.class).orElseThrow();
            List<Consumer<MemorySegment>> frees = List.of(
                    recorded::free,
                    block -> recorded.freeAll(List.of(block)),
                    block -> addresses.freeAddress(block.address(), block.byteSize()));
            for (Consumer<MemorySegment> free : frees) {
                MemorySegment block = recorded.allocate(100, 1);
                isBusy[0] = true;
                assertThatIllegalStateException().isThrownBy(() -> free.accept(block));
                isBusy[0] = false;
                free.accept(block);
            }
        }
        assertThat(lines())
                .containsExactly(
                        thisThread(),
                        "a 0 100",
                        "f 0",
                        "a 1 100",
                        "f 1",
                        "a 2 100",
                        "f 2",
                        "a 3 100",
                        "f 3",
                        "a 4 100",
                        "f 4",
                        "a 5 100",
                        "f 5");
    }

    @Test
    void mustLetTheProgramGoOnAfterTheRecordingEnded() throws IOException {
        TraceRecorder recorder = TraceRecorder.to(file());
        Allocator recorded = recorder.recording(upstream);
        MemorySegment block = recorded.allocate(100, 8);
        recorder.close();
        recorder.close();
        recorded.free(block);
        recorded.free(recorded.allocate(50, 8));
        assertThat(lines()).containsExactly(thisThread(), "a 0 100");
    }

    /** Linux has a device that is always full. */
    @Test
    void mustTellAtTheEndThatTheFileCouldNotBeWritten() throws IOException {
        Path full = Path.of("/dev/full");
        if (!Files.isWritable(full)) {
            return;
        }
        TraceRecorder recorder = TraceRecorder.to(full);
        Allocator recorded = recorder.recording(upstream);
        for (int i = 0; i < 30_000; i++) { // more than the buffers hold
            recorded.free(recorded.allocate(i % 1_000, 8));
        }
        assertThatExceptionOfType(IOException.class).isThrownBy(recorder::close);
    }
}
