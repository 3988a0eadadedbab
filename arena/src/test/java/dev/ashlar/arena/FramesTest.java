package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.arena.BumpArena.Checking;
import dev.ashlar.arena.BumpArena.Threads;
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

/** Frames, and frames whose blocks live one frame longer. */
class FramesTest {

    private static Allocator arena(Threads threads) {
        return new ArenaProvider()
                .create(AllocatorConfig.builder()
                        .settings(BumpArena.builder()
                                .threads(threads)
                                .checking(Checking.FULL)
                                .firstChunk(4 << 10)
                                .largestChunk(64 << 10))
                        .build());
    }

    @Test
    void mustFreeTheBlocksOfAFrameWhenItIsClosedAndNoOthers() {
        try (Allocator arena = arena(Threads.CONFINED)) {
            Frames frames = new Frames(arena);
            try (Frame outer = frames.open()) {
                MemorySegment kept = outer.allocate(64, 8).fill((byte) 1);
                try (Frame inner = frames.open()) {
                    for (int i = 0; i < 1_000; i++) {
                        inner.allocate(i, 8).fill((byte) 2);
                    }
                    assertThat(inner.depth()).isEqualTo(2);
                    assertThat(frames.depth()).isEqualTo(2);
                }
                assertThat(arena.stats().liveBlocks()).isEqualTo(1);
                outer.allocate(1_000, 8).fill((byte) 3);
                assertThat(kept.toArray(ValueLayout.JAVA_BYTE)).containsOnly(1);
            }
            assertThat(arena.stats().liveBlocks()).isZero();
            assertThat(frames.depth()).isZero();
        }
    }

    @Test
    void mustEndAFrameThatAnExceptionLeaves() {
        try (Allocator arena = arena(Threads.CONFINED)) {
            Frames frames = new Frames(arena);
            assertThatIllegalStateException()
                    .isThrownBy(() -> {
                        try (Frame outer = frames.open();
                                Frame inner = frames.open()) {
                            assertThat(inner.allocate(64, 8).byteSize()).isEqualTo(64);
                            throw new IllegalStateException("planned in frame " + outer.depth());
                        }
                    })
                    .withMessage("planned in frame 1")
                    .withNoCause();
            assertThat(frames.depth()).isZero();
            assertThat(arena.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustTakeNoMoreMemoryForManyFramesThanForOne() {
        for (Threads threads : Threads.values()) {
            try (Allocator arena = arena(threads)) {
                Frames frames = new Frames(arena);
                arena.allocate(100);
                for (int i = 0; i < 20_000; i++) {
                    try (Frame frame = frames.open()) {
                        frame.allocate(3_000, 8);
                        frame.allocate(40_000, 8); // larger than a chunk's blocks
                    }
                }
                assertThat(arena.stats().committedBytes()).isLessThan(64 << 10);
            }
        }
    }

    @Test
    void mustRefuseToCloseOrAllocateOutOfOrder() {
        try (Allocator arena = arena(Threads.CONFINED)) {
            Frames frames = new Frames(arena);
            Frame outer = frames.open();
            Frame inner = frames.open();
            MemorySegment block = inner.allocate(8, 8).fill((byte) 1);
            assertThatIllegalStateException()
                    .isThrownBy(outer::close)
                    .withMessage("Cannot close frame 1: frame 2 is open within it."
                            + " Close inner frames first, at best by try-with-resources.");
            assertThatIllegalStateException()
                    .isThrownBy(() -> outer.allocate(8, 8))
                    .withMessageStartingWith("Cannot allocate in frame 1: frame 2 is open within it.");
            assertThat(block.toArray(ValueLayout.JAVA_BYTE)).containsOnly(1);
            assertThat(frames.depth()).isEqualTo(2);
            inner.close();
            outer.allocate(8, 8);
            inner.close(); // again, which has no effect
            assertThat(arena.stats().liveBlocks()).isEqualTo(1);
            outer.close();
            outer.close();
            assertThat(arena.stats().liveBlocks()).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> inner.allocate(8, 8))
                    .withMessage("Cannot allocate in frame 2: it is closed");
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
