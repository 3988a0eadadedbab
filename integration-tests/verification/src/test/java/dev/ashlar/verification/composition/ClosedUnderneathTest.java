package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.CountedBlock;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import dev.ashlar.arena.Frame;
import dev.ashlar.arena.Frames;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.LeakLog;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Decorators over a closed allocator refuse everything, and read no released memory. */
class ClosedUnderneathTest {

    private final LeakLog log = new LeakLog();

    @AfterEach
    void stopListening() {
        log.close();
    }

    private static Allocator create(String strategy) {
        return AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
    }

    static Stream<Arguments> views() {
        return Stream.of("slab", "lockfree", "buddy", "tlsf", "arena", "adaptive")
                .flatMap(strategy -> Views.all().map(view -> Arguments.of(strategy, view)));
    }

    @ParameterizedTest
    @MethodSource("views")
    void mustRefuseEveryOperation(String strategy, Views.View kind) {
        Allocator root = create(strategy);
        Allocator view = kind.over(root);
        List<MemorySegment> blocks = new ArrayList<>();
        for (long byteSize : new long[] {0, 8, 64, 900, 5_000, 70_000, 3 << 20}) {
            for (int i = 0; i < 4; i++) {
                blocks.add(view.allocate(byteSize, 8));
            }
        }
        AddressAllocator addresses = view.as(AddressAllocator.class).orElse(null);
        List<Long> raw = new ArrayList<>();
        for (int i = 0; addresses != null && i < 4; i++) {
            raw.add(addresses.allocateAddress(64, 8));
        }
        Owner owner = view.as(Owner.class).orElse(null);
        root.close();

        for (long byteSize : new long[] {0, 8, 900, 70_000, 3 << 20}) {
            refused(() -> view.allocate(byteSize, 8));
            refused(() -> view.allocate(byteSize, 8, AllocationHints.NONE.withTag("late")));
            refused(() -> view.tryAllocate(byteSize, 8));
            refused(() -> view.allocateZeroed(byteSize, 8));
            refused(() -> view.allocateAll(byteSize, 8, 3));
            refused(() -> view.allocateAll(new long[] {byteSize, 2 * byteSize}, 8));
            if (addresses != null) {
                refused(() -> addresses.allocateAddress(byteSize, 8));
                refused(() -> addresses.tryAllocateAddress(byteSize, 8));
            }
        }
        for (MemorySegment block : blocks) {
            refused(() -> view.resize(block, block.byteSize() + 1, 8));
            refused(() -> view.resize(block, block.byteSize() * 3 + 100, 8));
            refused(() -> view.free(block));
            refused(() -> view.freeAll(List.of(block)));
            if (block.byteSize() > 0) {
                refused(() -> block.fill((byte) 1));
            }
            if (owner != null) {
                assertThatCode(() -> owner.owns(block)).doesNotThrowAnyException();
                assertThatCode(() -> owner.isLive(block)).doesNotThrowAnyException();
                assertThatCode(() -> owner.allocatedSize(block)).doesNotThrowAnyException();
            }
        }
        refused(() -> view.freeAll(blocks));
        for (long address : raw) {
            refused(() -> addresses.freeAddress(address, 64));
        }
        refused(view::trim);
        view.as(Inspectable.class).ifPresent(all -> refused(() -> all.inspect(new Inspectable.Visitor() {})));
        view.as(Confinable.class).ifPresent(all -> refused(all::confined));
        view.as(Retention.class).ifPresent(all -> refused(() -> all.retain(0)));
        assertThatCode(view::close).doesNotThrowAnyException();
    }

    private static void refused(ThrowingCallable operation) {
        assertThatIllegalStateException().isThrownBy(operation);
    }

    @ParameterizedTest
    @MethodSource("views")
    void buffersAndCountedBlocksMustRefuseToo(String strategy, Views.View kind) {
        Allocator root = create(strategy);
        Allocator view = kind.over(root);
        ByteBufferAllocator buffers = new ByteBufferAllocator(view);
        ByteBuffer buffer = buffers.allocate(100);
        CountedBlock counted = CountedBlock.of(view, view.allocate(100, 8));
        root.close();
        refused(() -> buffers.allocate(100));
        refused(() -> buffers.tryAllocate(100));
        refused(() -> buffer.put(0, (byte) 1));
        refused(() -> buffers.free(buffer));
        refused(() -> buffers.free(buffer.slice(10, 20)));
        refused(() -> counted.memory().fill((byte) 1));
        refused(counted::release);
        assertThat(counted.references()).isEqualTo(1);
    }

    @Test
    void framesMustRefuseToo() {
        Allocator arena = create("arena");
        Frames frames = new Frames(arena);
        Frame frame = frames.open();
        MemorySegment block = frame.allocate(64, 8);
        arena.close();
        refused(() -> frame.allocate(64, 8));
        refused(() -> block.fill((byte) 1));
        refused(frames::open);
        refused(frame::close);
    }
}
