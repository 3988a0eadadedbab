package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.arena.ArenaConfig.Checking;
import dev.ashlar.arena.ArenaConfig.Threads;
import dev.ashlar.spi.AllocatorConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Frames, and frames whose blocks live one longer. */
class FramesTest {

    private static Allocator arena(Threads threads) {
        return new ArenaProvider()
                .create(AllocatorConfig.builder()
                        .settings(new ArenaConfig(threads, Checking.FULL, 4 << 10, 64 << 10))
                        .build());
    }

    @Test
    void mustFreeTheBlocksOfAFrameWhenItEndsAndNoOthers() {
        try (Allocator arena = arena(Threads.CONFINED)) {
            Frames frames = new Frames(arena);
            frames.beginFrame();
            MemorySegment outer = frames.allocate(64, 8).fill((byte) 1);
            frames.beginFrame();
            for (int i = 0; i < 1_000; i++) {
                frames.allocate(i, 8).fill((byte) 2);
            }
            assertThat(frames.depth()).isEqualTo(2);
            frames.endFrame();
            assertThat(arena.stats().liveBlocks()).isEqualTo(1);
            frames.allocate(1_000, 8).fill((byte) 3);
            assertThat(outer.toArray(ValueLayout.JAVA_BYTE)).containsOnly(1);
            frames.endFrame();
            assertThat(arena.stats().liveBlocks()).isZero();
            assertThat(frames.depth()).isZero();
        }
    }

    @Test
    void mustTakeNoMoreMemoryForManyFramesThanForOne() {
        for (Threads threads : Threads.values()) {
            try (Allocator arena = arena(threads)) {
                Frames frames = new Frames(arena);
                arena.allocate(100);
                for (int frame = 0; frame < 20_000; frame++) {
                    frames.beginFrame();
                    frames.allocate(3_000, 8);
                    frames.allocate(40_000, 8); // larger than a chunk's blocks
                    frames.endFrame();
                }
                assertThat(arena.stats().committedBytes()).isLessThan(64 << 10);
            }
        }
    }

    @Test
    void mustRefuseToAllocateOrEndWithoutAFrame() {
        try (Allocator arena = arena(Threads.CONFINED)) {
            Frames frames = new Frames(arena);
            assertThatIllegalStateException().isThrownBy(() -> frames.allocate(8, 8));
            assertThatIllegalStateException().isThrownBy(frames::endFrame);
            frames.beginFrame();
            frames.endFrame();
            assertThatIllegalStateException().isThrownBy(frames::endFrame);
        }
    }

    @Test
    void mustRefuseAllocatorsThatCannotReset() {
        try (Allocator arena = arena(Threads.CONFINED)) {
            Allocator limited = Allocators.limited(arena, 1_000);
            assertThatIllegalArgumentException().isThrownBy(() -> new Frames(limited));
            assertThatIllegalArgumentException().isThrownBy(() -> new DoubleBufferedFrames(arena, limited));
            assertThatIllegalArgumentException().isThrownBy(() -> new DoubleBufferedFrames(arena, arena));
        }
    }

    /** Each frame allocates blocks and checks those of the frame before; nothing older is live. */
    @Property(tries = 50)
    void blocksMustLiveExactlyOneFrameLonger(
            @ForAll @Size(max = 20) List<@IntRange(max = 60) Integer> blocksAFrame, @ForAll Threads threads) {
        try (Allocator first = arena(threads);
                Allocator second = arena(threads)) {
            DoubleBufferedFrames frames = new DoubleBufferedFrames(first, second);
            List<MemorySegment> last = List.of();
            byte frame = 1;
            for (int blocks : blocksAFrame) {
                List<MemorySegment> current = new ArrayList<>();
                for (int i = 0; i < blocks; i++) {
                    current.add(frames.allocate(1 + i * 50L, 8).fill(frame));
                }
                byte lastFrame = (byte) (frame - 1);
                last.forEach(block ->
                        assertThat(block.toArray(ValueLayout.JAVA_BYTE)).containsOnly(lastFrame));
                assertThat(first.stats().liveBlocks() + second.stats().liveBlocks())
                        .isEqualTo(last.size() + current.size());
                frames.nextFrame();
                assertThat(first.stats().liveBlocks() + second.stats().liveBlocks())
                        .as("live in the next frame")
                        .isEqualTo(current.size());
                last = current;
                frame++;
            }
        }
    }
}
