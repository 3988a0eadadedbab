package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Resettable;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The builder of arena. */
class BumpArenaTest {

    @Test
    void mustBuildAnArenaForAllThreads() throws InterruptedException {
        try (Allocator allocator = BumpArena.allocator()) {
            AtomicReference<MemorySegment> block = new AtomicReference<>();
            Thread.ofPlatform()
                    .start(() -> block.set(allocator.allocate(100, 8)))
                    .join();
            assertThat(block.get().byteSize()).isEqualTo(100);
            allocator.as(Resettable.class).orElseThrow().reset(new Resettable.ResetMode.KeepMemory());
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustBuildWithItsOwnSettings() throws InterruptedException {
        try (Allocator allocator = BumpArena.builder()
                .threads(BumpArena.Threads.CONFINED)
                .checking(BumpArena.Checking.FULL)
                .firstChunk(8 << 10)
                .largestChunk(64 << 10)
                .build()) {
            MemorySegment block = allocator.allocate(100, 8);
            assertThat(allocator.stats().committedBytes()).isEqualTo((8 << 10) + 4096 - 16);
            allocator.allocate(10, 8);
            allocator.free(block);
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> allocator.free(block));
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread other = Thread.ofPlatform().unstarted(() -> allocator.allocate(1, 8));
            other.setUncaughtExceptionHandler((_, e) -> thrown.set(e));
            other.start();
            other.join();
            assertThatThrownBy(() -> {
                        throw thrown.get();
                    })
                    .isInstanceOf(WrongThreadException.class);
        }
    }

    /** A resize in its place frees the rest of a block, so it must not do so twice. */
    @ParameterizedTest
    @ValueSource(longs = {120, 16, 0})
    void mustRefuseToResizeABlockOfAnotherSizeIfItChecksEverything(long wrongSize) {
        try (Allocator allocator =
                BumpArena.builder().checking(BumpArena.Checking.FULL).build()) {
            MemorySegment block = allocator.allocate(120, 8);
            MemorySegment next = allocator.allocate(200, 8);
            MemorySegment last = allocator.allocate(8, 8);
            MemorySegment shrunk = Objects.requireNonNull(allocator.tryResize(block, 8, 8));
            assertThat(shrunk.address()).isEqualTo(block.address());
            for (long newSize : new long[] {8, 0, 100, 2_000_000}) {
                assertThatExceptionOfType(InvalidBlockException.class)
                        .isThrownBy(() -> allocator.tryResize(block.asSlice(0, wrongSize), newSize, 8))
                        .extracting(InvalidBlockException::reason)
                        .isEqualTo(InvalidBlockException.Reason.WRONG_SIZE);
            }
            assertThat(allocator.stats().invalidFrees()).isEqualTo(4);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(8 + 200 + 8);
            allocator.freeAll(List.of(next, shrunk, last));
            assertThat(allocator.stats().liveBlocks()).isZero();
            assertThat(allocator.stats().requestedBytes()).isZero();
        }
    }
}
