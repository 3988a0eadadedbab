package dev.ashlar.lockfree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the strategy promises beyond the contract. */
class LockFreeAllocatorTest {

    private static Allocator lockfree(AllocatorConfig config) {
        return AllocatorProviders.require("lockfree").create(config);
    }

    private static List<MemorySegment> allocate(Allocator allocator, int count, long byteSize) {
        return IntStream.range(0, count)
                .mapToObj(i -> allocator.allocate(byteSize, 8))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static Set<Long> addresses(List<MemorySegment> blocks) {
        return blocks.stream().map(MemorySegment::address).collect(Collectors.toSet());
    }

    @Test
    void mustSpendAByteABlockOnMetadata() {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 200_000, 128);
            AllocatorStats full = allocator.stats();
            assertThat(full.metadataRatio()).isBetween(1 / 128.0, 1.6 / 128);
            assertThat(full.utilisation()).isGreaterThan(0.8);
            assertThat(full.hitRate()).isGreaterThan(0.999);
            blocks.forEach(allocator::free);
        }
    }

    /** The allocating thread's own next blocks are others: what is freed belongs to who frees. */
    @Test
    void mustServeAThreadWithTheBlocksThatItFreedForAnother() throws InterruptedException {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 20, 64);
            Set<Long> freed = addresses(blocks);
            List<MemorySegment> again = new ArrayList<>();
            Thread other = new Thread(() -> {
                blocks.forEach(allocator::free);
                again.addAll(allocate(allocator, 20, 64));
            });
            other.start();
            other.join();
            assertThat(addresses(again)).isEqualTo(freed);
            assertThat(addresses(allocate(allocator, 20, 64))).doesNotContainAnyElementsOf(freed);
        }
    }

    @Test
    void mustPassFullMagazinesToTheThreadThatAllocates() throws InterruptedException {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 64 * 10, 64);
            Set<Long> freed = addresses(blocks);
            Thread other = new Thread(() -> blocks.forEach(allocator::free));
            other.start();
            other.join();
            allocate(allocator, 64 * 2, 64); // uses up this thread's own magazines
            Set<Long> next = addresses(allocate(allocator, 64 * 5, 64));
            next.retainAll(freed);
            assertThat(next).as("blocks that came back").hasSizeGreaterThan(64 * 4);
        }
    }

    @Test
    void mustKeepFreeBlocksUpToTheCapacity() {
        for (long capacity : new long[] {0, 256 << 10, 4 << 20}) {
            FaultySource source = new FaultySource();
            AllocatorConfig config = AllocatorConfig.builder()
                    .source(source)
                    .capacityBytes(capacity)
                    .build();
            try (Allocator allocator = lockfree(config)) {
                for (int i = 0; i < 3; i++) { // what is taken from what is kept makes room for more
                    allocate(allocator, 50_000, 256).forEach(allocator::free);
                }
                long pinned = 3 << 20; // by the rounds of two magazines, and the first and the last that are kept
                assertThat(source.openBytes()).isBetween(capacity / 2, capacity + pinned);
            }
        }
    }

    @Test
    void mustGiveEverythingBackAfterATrimInWhateverOrderBlocksAreFreed() {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 20_000, 100);
            blocks.addAll(allocate(allocator, 500, 10_000));
            Collections.shuffle(blocks, new Random(1));
            blocks.forEach(allocator::free);
            allocator.trim();
            assertThat(allocator.stats().committedBytes()).isZero();
        }
    }

    @Test
    void mustUseMemoryOfOneSizeForAnother() {
        AllocatorConfig config = AllocatorConfig.builder()
                .capacityBytes(64 << 20)
                .preallocateBytes(3 << 20)
                .build();
        try (Allocator allocator = lockfree(config)) {
            assertThat(allocator.stats().committedBytes()).isEqualTo(3 << 20);
            long calls = allocator.stats().upstreamCalls();
            for (long byteSize : new long[] {64, 1000, 4000}) {
                allocate(allocator, (int) ((768 << 10) / byteSize), byteSize).forEach(allocator::free);
            }
            assertThat(allocator.stats().upstreamCalls()).isEqualTo(calls);
            assertThat(allocator.stats().misses()).isZero();
        }
    }

    @Test
    void mustUseFreeBlocksOfOneSizeForAnotherBeforeItTakesMore() {
        AllocatorConfig config =
                AllocatorConfig.builder().capacityBytes(64 << 20).build();
        try (Allocator allocator = lockfree(config)) {
            allocate(allocator, 64_000, 64).forEach(allocator::free);
            long committed = allocator.stats().committedBytes();
            allocate(allocator, 3_000, 1_000);
            assertThat(allocator.stats().committedBytes()).isEqualTo(committed);
        }
    }

    /** What a virtual thread freed is nobody's: a thread that would go upstream, and may wait there, finds it first. */
    @Test
    void mustUseWhatVirtualThreadsCacheBeforeItTakesMore() throws InterruptedException {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> freed = new ArrayList<>();
            Thread.ofVirtual()
                    .start(() -> {
                        for (MemorySegment block : allocate(allocator, 32, 2000)) { // a chunk of 64 KiB
                            if (freed.size() < 8) {
                                freed.add(block);
                                allocator.free(block);
                            }
                        }
                    })
                    .join();
            long misses = allocator.stats().misses();
            assertThat(addresses(allocate(allocator, 8, 2000))).isEqualTo(addresses(freed));
            assertThat(allocator.stats().misses()).isEqualTo(misses);
        }
    }

    /** Otherwise others take it, and the thread has to come for more, and may have to wait for that. */
    @Test
    void mustLeaveAThreadWhatItFreedWhenItTakesMoreOfAnotherSize() throws InterruptedException {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> freed = new ArrayList<>();
            List<MemorySegment> blocks = allocate(allocator, 40, 64);
            for (int i = 0; i < blocks.size(); i += 2) {
                freed.add(blocks.get(i));
                allocator.free(blocks.get(i));
            }
            allocate(allocator, 20, 4096); // more than is left of a chunk of 64 KiB
            Thread other = new Thread(() -> allocate(allocator, 40, 64));
            other.start();
            other.join();
            assertThat(addresses(allocate(allocator, 20 + 16, 64))).containsAll(addresses(freed));
        }
    }

    @Test
    void mustUseWhatAThreadCachesItselfOfOneSizeForAnother() {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            allocate(allocator, 16, 4096).forEach(allocator::free); // all of a chunk of 64 KiB, some in magazines
            allocate(allocator, 32, 2048);
            assertThat(allocator.stats().committedBytes()).isEqualTo(64 << 10);
        }
    }

    @Test
    void mustLeaveOthersTheSlabThatItFillsMagazinesFromWhenItTakesMoreOfAnotherSize() throws InterruptedException {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 150, 64); // of a slab of a page and one of three
            long start = Collections.min(addresses(blocks));
            allocate(allocator, 20, 4096); // more than is left of a chunk of 64 KiB
            List<MemorySegment> others = new ArrayList<>();
            Thread other = new Thread(() -> others.addAll(allocate(allocator, 20, 64)));
            other.start();
            other.join();
            assertThat(addresses(others)).allMatch(address -> address >= start && address < start + 4 * 4096);
        }
    }

    /** A thread that uses many sizes a little must not keep a full magazine of each. */
    @Test
    void mustTakeFewBlocksOfASizeThatIsHardlyUsed() {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            long sizes = 0;
            for (int byteSize = 8; byteSize <= 4096; byteSize += byteSize) {
                allocator.free(allocator.allocate(byteSize, 8));
                sizes++;
            }
            assertThat(allocator.stats().committedBytes())
                    .as("one page a size, in chunks of 64 KiB")
                    .isEqualTo(64 << 10);
            assertThat(allocator.stats().metadataBytes())
                    .as("bytes of bookkeeping for %d sizes", sizes)
                    .isLessThan(32 << 10);
        }
    }

    @Test
    void mustSeeABlockFreedTwiceThatLiesInAMagazine() {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(64, 8);
            allocator.free(block);
            assertThatThrownBy(() -> allocator.free(block))
                    .isInstanceOf(InvalidBlockException.class)
                    .hasMessageContaining("freed before")
                    .hasMessageContaining("size class 64");
            assertThat(allocator.stats().invalidFrees()).isEqualTo(1);
        }
    }

    @Test
    void mustResizeInPlaceWithinASlot() {
        try (Allocator allocator = lockfree(AllocatorConfig.defaults())) {
            MemorySegment block = allocator.allocate(1000, 8);
            MemorySegment shrunk = allocator.resize(block, 512);
            assertThat(shrunk.address()).isEqualTo(block.address());
            assertThat(allocator.stats().requestedBytes()).isEqualTo(512);
            MemorySegment moved = allocator.resize(shrunk, 100);
            assertThat(moved.address()).isNotEqualTo(block.address());
            allocator.free(moved);
        }
    }

    @Test
    void mustPassLargeBlocksToTheConfiguredUpstream() {
        try (Allocator upstream = lockfree(AllocatorConfig.defaults());
                Allocator allocator =
                        lockfree(AllocatorConfig.builder().upstream(upstream).build())) {
            MemorySegment large = allocator.allocate(100_000, 64);
            assertThat(upstream.stats().liveBlocks()).isEqualTo(1);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(100_000);
            allocator.free(large);
            assertThat(upstream.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustServeALargeBlockFromTheLimitThatFreedBlocksHeld() {
        try (Allocator allocator =
                lockfree(AllocatorConfig.builder().limitBytes(4 << 20).build())) {
            List<MemorySegment> blocks = new ArrayList<>();
            for (MemorySegment block = allocator.tryAllocate(1000, 8);
                    block != null;
                    block = allocator.tryAllocate(1000, 8)) {
                blocks.add(block);
            }
            assertThat(allocator.tryAllocate(3 << 20, 8)).isNull();
            blocks.forEach(allocator::free);
            allocator.free(allocator.allocate(3 << 20, 8));
        }
    }

    @Test
    void mustSayWhatToDoWhenALargeBlockIsRefused() {
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar.lockfree.largeBlocks", "refuse"));
        try (Allocator allocator = lockfree(config)) {
            assertThatThrownBy(() -> allocator.allocate(65_537, 8))
                    .isInstanceOf(AllocationException.class)
                    .hasMessageContaining("byteSize is 65537, at most 65536")
                    .hasMessageContaining("LockFreeConfig");
            assertThatThrownBy(() -> allocator.allocate(8, 8192))
                    .isInstanceOf(AllocationException.class)
                    .hasMessageContaining("byteAlignment is 8192, at most 4096");
        }
    }

    @Test
    void mustRefuseSettingsOutOfRange() {
        for (int rounds : new int[] {0, 1025}) {
            assertThatThrownBy(() -> lockfree(
                            AllocatorConfig.from(Map.of("ashlar.lockfree.magazineRounds", Integer.toString(rounds)))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("magazineRounds is " + rounds + ", must be 1 to 1024");
        }
    }
}
