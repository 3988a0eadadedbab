package dev.ashlar.verification.shown;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.ResetMode;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.arena.BumpArena;
import dev.ashlar.arena.DoubleBufferedFrames;
import dev.ashlar.arena.Frame;
import dev.ashlar.arena.Frames;
import dev.ashlar.arena.sequence.ComponentStore;
import dev.ashlar.arena.sequence.DoubleVector;
import dev.ashlar.arena.sequence.LongVector;
import dev.ashlar.arena.sequence.StructVector;
import dev.ashlar.slab.Slab;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Code on arenas, frames, views and sequences. */
@SuppressWarnings("UnusedVariable") // a reader sees what there is
class ArenaCodeTest {

    private final Allocator allocator = Slab.allocator();

    @AfterEach
    void nothingMustBeLive() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void bump() {
        // @start region="bump"
        try (Allocator allocator =
                BumpArena.builder().threads(BumpArena.Threads.CONFINED).build()) {
            MemorySegment block = allocator.allocate(100, 8);
            allocator.as(Resettable.class).orElseThrow().reset(new ResetMode.KeepMemory()); // frees all blocks at once
        }
        // @end
    }

    @Test
    void frames() {
        // @start region="frames"
        Allocator arena = BumpArena.allocator();
        Frames frames = new Frames(arena);
        try (Frame frame = frames.open()) {
            MemorySegment block = frame.allocate(64, 8);
        } // the block must not be used any more
        // @end
        assertThat(arena.stats().allocations()).isEqualTo(1);
        assertThat(arena.stats().liveBlocks()).isZero();
        arena.close();
    }

    @Test
    void doubleBuffered() {
        try (Allocator first = BumpArena.allocator();
                Allocator second = BumpArena.allocator()) {
            // @start region="double-buffered"
            DoubleBufferedFrames frames = new DoubleBufferedFrames(first, second);
            MemorySegment block = frames.allocate(64, 8);
            frames.nextFrame(); // the block is of the last frame now
            frames.nextFrame(); // the block must not be used any more
            // @end
            assertThat(first.stats().liveBlocks() + second.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void view() {
        // @start region="view"
        try (Arena arena = Allocators.arena(allocator)) {
            MemorySegment name = arena.allocateFrom("Ashlar"); // zeroed and checked as from Arena.ofConfined()
            MemorySegment table = arena.allocate(100 * 64, 8);
        } // both are freed to the allocator; an access from now on throws IllegalStateException
        // @end
        Arena arena = Allocators.arena(allocator);
        MemorySegment block = arena.allocate(8, 8);
        arena.close();
        assertThatThrownBy(() -> block.fill((byte) 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void components() {
        // @start region="components"
        StructLayout point = MemoryLayout.structLayout(JAVA_DOUBLE.withName("x"), JAVA_DOUBLE.withName("y"));
        VarHandle x = point.varHandle(PathElement.groupElement("x"));
        try (ComponentStore points = new ComponentStore(allocator, point)) {
            x.set(points.add(7), 0L, 1.5);
            MemorySegment all = points.memory();
            for (long offset = 0; offset < all.byteSize(); offset += points.stride()) {
                x.set(all, offset, (double) x.get(all, offset) + 1);
            }
            assert (double) x.get(points.get(7), 0L) == 2.5;
        }
        // @end
    }

    @Test
    void extend() {
        MemorySegment received = allocator.allocateFrom(JAVA_LONG, 3, 1, 2);
        // @start region="extend"
        try (LongVector numbers = new LongVector(allocator)) {
            numbers.extend(received.byteSize() / Long.BYTES).copyFrom(received);
            assert numbers.get(2) == 2;
        }
        // @end
        allocator.free(received);
    }

    @Test
    void loops() {
        try (DoubleVector prices = new DoubleVector(allocator);
                LongVector numbers = new LongVector(allocator)) {
            prices.appendAll(new double[] {1, 2, 3});
            numbers.appendAll(new long[] {7, 8, 7, 9});
            // @start region="scale"
            DoubleBuffer buffer = prices.memory()
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder())
                    .asDoubleBuffer();
            int size = buffer.limit();
            for (int i = 0; i < size; i++) {
                buffer.put(i, buffer.get(i) * 1.5);
            }
            // @end
            assertThat(prices.memory().toArray(JAVA_DOUBLE)).containsExactly(1.5, 3, 4.5);
            // @start region="count"
            long count = 0;
            for (long i = 0; i < numbers.size(); i++) {
                long difference = numbers.get(i) ^ 7;
                count += ((difference - 1) & ~difference) >>> 63; // 1 if there is none
            }
            // @end
            assertThat(count).isEqualTo(2);
        }
    }

    @Test
    void structs() {
        // @start region="structs"
        StructLayout point = MemoryLayout.structLayout(JAVA_FLOAT.withName("x"), JAVA_FLOAT.withName("y"));
        VarHandle x = point.varHandle(PathElement.groupElement("x"));
        try (StructVector points = new StructVector(allocator, point)) {
            x.set(points.append(), 0L, 1.5f);
            for (MemorySegment one : points) {
                x.set(one, 0L, (float) x.get(one, 0L) + 1);
            }
            assert (float) x.get(points.memory(), 0 * points.stride()) == 2.5f; // without slices
        }
        // @end
    }
}
