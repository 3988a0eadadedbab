package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Resettable;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

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
                .confined()
                .checking(ArenaConfig.Checking.FULL)
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
}
