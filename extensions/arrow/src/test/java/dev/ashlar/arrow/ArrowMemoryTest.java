package dev.ashlar.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.support.ForwardingAllocator;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.Race;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Arrow's allocators over Ashlar's. */
@Timeout(300)
class ArrowMemoryTest {

    private static final int LIMIT = 1 << 20;

    private final Allocator allocator = Slab.builder().limit("64MiB").build();
    private final Limit limit = Limit.of("columns", LIMIT);
    private final ArrowMemory memory = ArrowMemory.over(allocator, limit);
    private final RootAllocator root = memory.rootAllocator();

    @AfterEach
    void nothingMustBeLive() {
        root.close();
        memory.close();
        assertThat(limit.usedBytes()).isZero();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void mustServeAlignedBuffersOfAnySize() {
        List<ArrowBuf> buffers = new ArrayList<>();
        for (long size : new long[] {1, 7, 64, 72, 72, 100, 100, 1000, 1100, 1100, 4097, 100_000}) {
            ArrowBuf buffer = root.buffer(size);
            buffers.add(buffer);
            assertThat(buffer.capacity()).isGreaterThanOrEqualTo(size);
            assertThat(buffer.memoryAddress() % 64).isZero();
            buffer.setByte(size - 1, 42);
            assertThat(buffer.getByte(size - 1)).isEqualTo((byte) 42);
        }
        buffers.forEach(ArrowBuf::close);
    }

    @Test
    void mustCountTheSameBytesOnBothSides() {
        try (BufferAllocator child = root.newChildAllocator("reader", 0, LIMIT)) {
            List<ArrowBuf> buffers = new ArrayList<>();
            for (int size = 1; size < 70_000; size = size * 3 / 2 + 1) {
                buffers.add(child.buffer(size));
                assertThat(root.getAllocatedMemory()).isEqualTo(limit.usedBytes());
                assertThat(child.getAllocatedMemory())
                        .isEqualTo(memory.limitOf(child).usedBytes());
                assertThat(memory.stats().requestedBytes()).isEqualTo(limit.usedBytes());
            }
            assertThat(memory.stats().liveBlocks()).isEqualTo(buffers.size());
            buffers.forEach(ArrowBuf::close);
        }
    }

    /** Arrow counts down by what the manager says, and would become negative. */
    @Test
    void mustReleaseWhatArrowCountedWithItsOwnRoundingToo() {
        try (RootAllocator byDefault = new RootAllocator(RootAllocator.configBuilder()
                .allocationManagerFactory(memory.factory())
                .build())) {
            for (long size : new long[] {1, 1000, 33_000_001}) {
                ArrowMemory wide = ArrowMemory.over(allocator);
                try (RootAllocator exact = new RootAllocator(RootAllocator.configBuilder()
                        .allocationManagerFactory(wide.factory())
                        .roundingPolicy(requested -> requested)
                        .build())) {
                    ArrowBuf buffer = exact.buffer(size);
                    assertThat(exact.getAllocatedMemory()).isEqualTo(size);
                    assertThat(wide.stats().requestedBytes()).isEqualTo(size);
                    buffer.close();
                    assertThat(exact.getAllocatedMemory()).isZero();
                }
                wide.close();
            }
            byDefault.buffer(1000).close();
            assertThat(byDefault.getPeakMemoryAllocation()).isEqualTo(1024);
        }
    }

    @Test
    void mustTakeNoBlockForEmptyBuffers() {
        try (BufferAllocator child = root.newChildAllocator("reader", 0, LIMIT);
                ArrowBuf empty = child.buffer(0);
                ArrowBuf another = child.getEmpty()) {
            assertThat(empty.capacity()).isZero();
            assertThat(another.capacity()).isZero();
            assertThat(empty.slice(0, 0).readableBytes()).isZero();
            assertThat(memory.stats().allocations()).isZero();
        }
    }

    @Test
    void mustRefuseByTheLimitBeforeAnythingIsTaken() {
        assertThat(root.getLimit()).isEqualTo(LIMIT);
        ArrowBuf most = root.buffer(LIMIT / 2);
        assertThatExceptionOfType(OutOfMemoryException.class).isThrownBy(() -> root.buffer(LIMIT));
        assertThat(root.getAllocatedMemory()).isEqualTo(limit.usedBytes()).isEqualTo(most.capacity());
        most.close();
    }

    /** Another user of the limit is not known to Arrow. */
    @Test
    void mustTellWhichLimitIsFullIfOthersUseItToo() {
        try (Allocator other = Allocators.limited(allocator, limit)) {
            var block = other.allocate(LIMIT - 1000, 1);
            assertThatExceptionOfType(OutOfMemoryException.class)
                    .isThrownBy(() -> root.buffer(2000))
                    .withMessageContaining("columns")
                    .withMessageContaining("1048576");
            assertThat(root.getAllocatedMemory()).isZero();
            other.free(block);
        }
    }

    @Test
    void mustHaveALimitForEachChildThatArrowEnforces() {
        try (BufferAllocator child = root.newChildAllocator("reader", 0, 4096);
                BufferAllocator grandchild = child.newChildAllocator("page", 0, LIMIT)) {
            assertThat(memory.limitOf(grandchild).name()).isEqualTo("page");
            assertThat(memory.limitOf(grandchild).parent()).contains(memory.limitOf(child));
            assertThat(memory.limitOf(child).parent()).contains(limit);
            assertThat(memory.limitOf(root)).isSameAs(limit);
            ArrowBuf page = grandchild.buffer(3000);
            assertThatExceptionOfType(OutOfMemoryException.class).isThrownBy(() -> child.buffer(2048));
            root.buffer(2048).close();
            assertThat(memory.limitOf(child).usedBytes()).isEqualTo(child.getAllocatedMemory());
            child.setLimit(8192);
            child.buffer(2048).close();
            page.close();
        }
    }

    /** Arrow tells the listener of the parent only. */
    @Test
    void mustCountAnAllocatorWithoutALimitInTheNearestAboveIt() {
        try (BufferAllocator child = root.newChildAllocator("reader", AllocationListener.NOOP, 0, LIMIT);
                BufferAllocator grandchild = child.newChildAllocator("page", 0, LIMIT);
                ArrowBuf buffer = grandchild.buffer(1000)) {
            assertThat(memory.limitOf(grandchild)).isSameAs(memory.limitOf(child));
            assertThat(memory.limitOf(child).name()).isEqualTo("reader");
            assertThat(memory.limitOf(child).usedBytes()).isEqualTo(buffer.capacity());
        }
    }

    @Test
    void mustReserveForAChildInTheLimitToo() {
        try (BufferAllocator child = root.newChildAllocator("writer", LIMIT / 2, LIMIT)) {
            assertThat(limit.usedBytes()).isEqualTo(LIMIT / 2);
            assertThat(Allocators.limited(allocator, limit).tryAllocate(LIMIT / 2 + 1, 1))
                    .isNull();
            child.buffer(LIMIT / 4).close();
            assertThat(limit.usedBytes()).isEqualTo(LIMIT / 2);
        }
        assertThat(limit.usedBytes()).isZero();
    }

    @Test
    void mustRefuseAChildForWhoseReservationTheLimitHasNoRoom() {
        limit.chargeAnyway(LIMIT / 2);
        assertThatExceptionOfType(OutOfMemoryException.class)
                .isThrownBy(() -> root.newChildAllocator("writer", LIMIT * 3L / 4, LIMIT))
                .withMessageContaining("columns");
        limit.discharge(LIMIT / 2);
        assertThat(root.getAllocatedMemory()).isZero();
        assertThat(root.getChildAllocators()).isEmpty();
    }

    @Test
    void mustAskTheListenersOfTheFullLimitBeforeArrowRefuses() {
        try (BufferAllocator child = root.newChildAllocator("cache", 0, 4096)) {
            List<ArrowBuf> cached = new ArrayList<>(List.of(child.buffer(3072)));
            List<Long> missing = new ArrayList<>();
            memory.limitOf(child).onRefusal((full, bytes) -> {
                missing.add(bytes);
                cached.removeLast().close();
                return true;
            });
            ArrowBuf second = child.buffer(2048);
            assertThat(missing).containsExactly(1024L);
            second.close();
            assertThat(child.getAllocatedMemory()).isZero();
        }
    }

    @Test
    void mustAskTheListenersOfTheRootsLimitBeforeAChildIsRefused() {
        try (BufferAllocator child = root.newChildAllocator("cache", 0, Long.MAX_VALUE)) {
            List<String> asked = new ArrayList<>();
            Limit.RefusalListener listener = (full, bytes) -> {
                asked.add(full.name());
                return false;
            };
            limit.onRefusal(listener);
            memory.limitOf(child).onRefusal(listener);
            assertThatExceptionOfType(OutOfMemoryException.class).isThrownBy(() -> child.buffer(LIMIT + 1));
            assertThat(asked).containsExactly("columns");
        }
    }

    @Test
    void mustKeepTheSumOfATransferRight() {
        BufferAllocator from = root.newChildAllocator("from", 0, LIMIT);
        BufferAllocator to = root.newChildAllocator("to", 0, LIMIT);
        ArrowBuf buffer = from.buffer(4096);
        buffer.setLong(0, 42);
        Limit ofAllocatingChild = memory.limitOf(from);
        ArrowBuf transferred =
                buffer.getReferenceManager().transferOwnership(buffer, to).getTransferredBuffer();
        buffer.close();
        assertThat(transferred.getLong(0)).isEqualTo(42);
        assertThat(from.getAllocatedMemory()).isZero();
        assertThat(to.getAllocatedMemory()).isEqualTo(4096);
        assertThat(limit.usedBytes()).isEqualTo(root.getAllocatedMemory());
        assertThat(ofAllocatingChild.usedBytes()).isEqualTo(4096);
        try (LeakLog log = new LeakLog()) {
            from.close();
            assertThat(limit.usedBytes()).isEqualTo(4096);
            transferred.close();
            to.close();
            assertThat(log.messages()).isEmpty();
        }
        assertThat(ofAllocatingChild.usedBytes()).isZero();
    }

    @Test
    void mustReportALeakWithTheSameBytesAsArrow() {
        try (LeakLog log = new LeakLog()) {
            ArrowMemory leaking = ArrowMemory.over(allocator);
            BufferAllocator roots = leaking.rootAllocator();
            BufferAllocator child = roots.newChildAllocator("reader", 0, LIMIT);
            ArrowBuf leaked = child.buffer(3000);
            ArrowBuf another = child.buffer(100);
            long bytes = leaked.capacity() + another.capacity();
            assertThatIllegalStateException()
                    .isThrownBy(child::close)
                    .withMessageContaining("Memory leaked: (%d)", bytes);
            leaking.close();
            leaking.close();
            assertThat(log.messages())
                    .satisfiesExactly(
                            ofChild -> assertThat(ofChild).contains("'reader'", "2 live blocks of " + bytes + " bytes"),
                            ofAll -> assertThat(ofAll).contains("'arrow'", "2 live blocks of " + bytes + " bytes"));
            assertThatIllegalStateException().isThrownBy(() -> roots.buffer(1));
            releaseOfClosedChild(leaked);
            releaseOfClosedChild(another);
        }
    }

    /** With assertions Arrow refuses what a closed child does, before it frees anything. */
    private void releaseOfClosedChild(ArrowBuf buffer) {
        assertThatIllegalStateException().isThrownBy(buffer::close);
        allocator.as(AddressAllocator.class).orElseThrow().freeAddress(buffer.memoryAddress(), buffer.capacity());
    }

    @Test
    void mustLeaveALiveBufferToItsOwnerWhenItIsClosed() {
        try (LeakLog log = new LeakLog()) {
            ArrowMemory closed = ArrowMemory.over(allocator);
            RootAllocator roots = closed.rootAllocator();
            ArrowBuf buffer = roots.buffer(1000);
            closed.close();
            assertThat(log.messages()).hasSize(1);
            buffer.setLong(0, 42);
            assertThat(buffer.getLong(0)).isEqualTo(42);
            buffer.close();
            roots.close();
            assertThat(closed.stats().liveBlocks()).isZero();
            assertThatIllegalStateException().isThrownBy(() -> roots.newChildAllocator("late", 1, 1));
        }
    }

    @Test
    void mustMakeAndCloseTheStandardAllocator() {
        ArrowMemory standard = ArrowMemory.standard();
        try (RootAllocator arrow = standard.rootAllocator();
                ArrowBuf buffer = arrow.buffer(100)) {
            assertThat(standard.stats().requestedBytes()).isEqualTo(buffer.capacity());
        }
        standard.close();
        assertThat(standard.stats().committedBytes()).isZero();
    }

    @Test
    void mustBeAShareOfALimitedView() {
        Allocator server = Allocators.limited(allocator, "server", 1000);
        try (ArrowMemory share = ArrowMemory.over(server);
                RootAllocator arrow = share.rootAllocator()) {
            ArrowBuf buffer = arrow.buffer(500);
            assertThat(server.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(buffer.capacity());
            assertThatExceptionOfType(OutOfMemoryException.class)
                    .isThrownBy(() -> arrow.buffer(700))
                    .withMessageContaining("server");
            buffer.close();
        }
        assertThat(server.as(Limit.class).orElseThrow().usedBytes()).isZero();
    }

    @Test
    void mustRefuseAnAllocatorWithoutAddresses() {
        ForwardingAllocator without = new ForwardingAllocator(allocator) {
            @Override
            public <T> Optional<T> as(Class<T> capability) {
                return Optional.empty();
            }

            @Override
            public Refusal refusal(long byteSize, long byteAlignment) {
                return allocator.refusal(byteSize, byteAlignment);
            }

            @Override
            public AllocatorStats stats() {
                return allocator.stats();
            }
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ArrowMemory.over(without))
                .withMessageContaining("AddressAllocator");
    }

    /** Threads allocate in children of their own, transfer to one that all share, and release what others allocated. */
    @Test
    void mustServeManyThreads() {
        int threads = 4;
        try (BufferAllocator shared = root.newChildAllocator("shared", 0, Long.MAX_VALUE)) {
            List<ArrowBuf> handed = Collections.synchronizedList(new ArrayList<>());
            List<Race.Task> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                tasks.add(() -> work(shared, handed, new SplittableRandom(number)));
            }
            Race.run(tasks);
            handed.forEach(ArrowBuf::close);
            assertThat(root.getAllocatedMemory()).isZero();
            assertThat(memory.stats().liveBlocks()).isZero();
        }
    }

    private void work(BufferAllocator shared, List<ArrowBuf> handed, SplittableRandom random) {
        for (int round = 0; round < 20; round++) {
            try (BufferAllocator own = root.newChildAllocator("own", 1024, LIMIT / 8)) {
                for (int i = 0; i < 50; i++) {
                    ArrowBuf buffer = own.buffer(random.nextInt(1, 2000));
                    buffer.setLong(0, buffer.memoryAddress());
                    handed.add(buffer.getReferenceManager()
                            .transferOwnership(buffer, shared)
                            .getTransferredBuffer());
                    buffer.close();
                    ArrowBuf other = handed.remove(0);
                    assertThat(other.getLong(0)).isEqualTo(other.memoryAddress());
                    other.close();
                }
            }
        }
    }
}
