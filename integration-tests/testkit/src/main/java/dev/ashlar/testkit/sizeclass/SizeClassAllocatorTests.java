package dev.ashlar.testkit.sizeclass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ChurnWorkload;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The promises of strategies with size classes beyond the contract, for each kind of slab. */
public abstract class SizeClassAllocatorTests {

    /** The smallest chunk. */
    private static final long CHUNK = 64 * 1024;

    /** The bytes that a thread may hold in active slabs, and a share of the committed bytes of a few megabytes. */
    private static final long HELD_BY_A_THREAD = 64 * 1024 + (1 << 20);

    private static final int PAGE = 4096;

    /** For subclasses. */
    protected SizeClassAllocatorTests() {}

    /** The provider of the strategy. */
    protected abstract AllocatorProvider provider();

    /** The name of its slab class, which it must not load before it serves blocks. */
    protected abstract String slabClass();

    private Allocator create() {
        return create(AllocatorConfig.defaults());
    }

    /** Over a source that adds no padding, so that figures are exact, unless the test has its own source. */
    private Allocator create(AllocatorConfig config) {
        boolean isDefault = config.source().name().equals("jdk");
        return provider()
                .create(
                        isDefault
                                ? config.toBuilder()
                                        .source(FaultySource.withoutPadding())
                                        .build()
                                : config);
    }

    private AllocatorConfig setting(String name, Object value) {
        return AllocatorConfig.from(Map.of("ashlar." + provider().name() + "." + name, value.toString()));
    }

    private static List<MemorySegment> allocate(Allocator allocator, int count, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8));
        }
        return blocks;
    }

    /** Allocates blocks until the next is refused. */
    private static List<MemorySegment> fill(Allocator allocator, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (MemorySegment block = allocator.tryAllocate(byteSize, 8);
                block != null;
                block = allocator.tryAllocate(byteSize, 8)) {
            blocks.add(block);
        }
        return blocks;
    }

    private static Set<Long> addresses(List<MemorySegment> blocks) {
        return blocks.stream().map(MemorySegment::address).collect(Collectors.toSet());
    }

    private static void inAnotherThread(Race.Task task) {
        Race.run(List.of(task));
    }

    // Memory follows the live bytes

    @Test
    void mustGiveMemoryBackAsTheLoadFallsWithoutATrim() {
        try (Allocator allocator = create()) {
            List<MemorySegment> blocks = allocate(allocator, 50_000, 1000);
            long atPeak = allocator.stats().committedBytes();
            blocks.subList(1000, blocks.size()).forEach(allocator::free);
            assertThat(allocator.stats().committedBytes()).isLessThan(atPeak / 4);
        }
    }

    @Test
    void mustGiveEverythingBackAfterATrimInWhateverOrderBlocksAreFreed() {
        try (Allocator allocator = create()) {
            List<MemorySegment> blocks = allocate(allocator, 20_000, 100);
            blocks.addAll(allocate(allocator, 500, 10_000));
            Collections.shuffle(blocks, new Random(1));
            blocks.forEach(allocator::free);
            allocator.trim();
            assertThat(allocator.stats().committedBytes()).isZero();
        }
    }

    @Test
    void mustRetainFreeMemoryUpToWhatMayBe() {
        for (long retained : new long[] {0, 256 << 10, 4 << 20}) {
            FaultySource source = FaultySource.withoutPadding();
            AllocatorConfig config = AllocatorConfig.builder()
                    .source(source)
                    .retainedBytes(retained)
                    .build();
            try (Allocator allocator = create(config)) {
                for (int i = 0; i < 3; i++) { // memory that is taken from the retained bytes makes room for more
                    allocate(allocator, 50_000, 256).forEach(allocator::free);
                }
                assertThat(source.openBytes()).isBetween(retained / 2, retained + HELD_BY_A_THREAD);
            }
        }
    }

    @Test
    void mustRetainLessWhenLessMayBeRetained() {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).retainedBytes(8 << 20).build();
        try (Allocator allocator = create(config)) {
            allocate(allocator, 50_000, 256).forEach(allocator::free);
            assertThat(source.openBytes()).isGreaterThan(4 << 20);
            Retention retention = allocator.as(Retention.class).orElseThrow();
            retention.retain(1 << 20);
            assertThat(source.openBytes()).isLessThanOrEqualTo((1 << 20) + HELD_BY_A_THREAD);
            retention.retain(0);
            assertThat(source.openChunks())
                    .as("chunks of the slab that is active, and of the one in which the last block was freed")
                    .isLessThanOrEqualTo(2);
        }
    }

    @Test
    void mustNotTrimBelowTheReserve() {
        FaultySource source = FaultySource.withoutPadding();
        long reserve = 1 << 20;
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).reserveBytes(reserve).build();
        try (Allocator allocator = create(config)) {
            allocate(allocator, 20_000, 256).forEach(allocator::free);
            allocator.trim();
            assertThat(source.openBytes()).isBetween(reserve, reserve + CHUNK);
        }
    }

    @Test
    void mustTakeMemoryAhead() {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .preallocateBytes(3 << 20)
                .build();
        try (Allocator allocator = create(config)) {
            assertThat(source.openBytes()).isEqualTo(3 << 20);
            long calls = allocator.stats().upstreamCalls();
            allocate(allocator, 20_000, 128).forEach(allocator::free);
            assertThat(allocator.stats().upstreamCalls()).isEqualTo(calls);
            assertThat(allocator.stats().misses()).isZero();
        }
    }

    @Test
    void mustRefuseToBeMadeWithoutTheMemoryThatItTakesAhead() {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .preallocateBytes(3 << 20)
                .build();
        source.budget(2 << 20);
        assertThatThrownBy(() -> create(config)).isInstanceOf(AllocationException.class);
        assertThat(source.openChunks()).isZero();
    }

    @Test
    void mustUseMemoryOfOneSizeForAnother() {
        AllocatorConfig config = AllocatorConfig.builder()
                .retainedBytes(64 << 20)
                .preallocateBytes(3 << 20)
                .build();
        try (Allocator allocator = create(config)) {
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
    void mustUseFreeMemoryOfOneSizeForAnotherBeforeItTakesMore() {
        AllocatorConfig config =
                AllocatorConfig.builder().retainedBytes(64 << 20).build();
        try (Allocator allocator = create(config)) {
            allocate(allocator, 64_000, 64).forEach(allocator::free);
            long committed = allocator.stats().committedBytes();
            allocate(allocator, 3_000, 1_000);
            assertThat(allocator.stats().committedBytes()).isEqualTo(committed);
        }
    }

    /** At a limit every size can use every page, whichever sizes used it before. */
    @Test
    void mustServeAnySizeFromTheLimitThatBlocksOfAnotherHeld() {
        AllocatorConfig config = AllocatorConfig.builder().limitBytes(4 << 20).build();
        try (Allocator allocator = create(config)) {
            for (long byteSize : new long[] {64, 592, 4096, 30_000, 8, 65_536, 1000}) {
                List<MemorySegment> blocks = fill(allocator, byteSize);
                assertThat(blocks.size() * byteSize)
                        .as("bytes of %d-byte blocks under a limit of 4 MiB", byteSize)
                        .isGreaterThan((4 << 20) * 3 / 4);
                Collections.shuffle(blocks, new Random(byteSize));
                blocks.forEach(allocator::free);
            }
        }
    }

    /** Slots of a larger class are used last, if no page is free and slabs are partly used. */
    @Test
    void mustServeSmallBlocksFromLargerSlotsBeforeItRefuses() {
        AllocatorConfig config = AllocatorConfig.builder().limitBytes(256 << 10).build();
        try (Allocator allocator = create(config)) {
            List<MemorySegment> blocks = fill(allocator, 3_000);
            List<MemorySegment> freed = new ArrayList<>();
            for (int i = 0; i < blocks.size(); i += 3) {
                freed.add(blocks.get(i));
                allocator.free(blocks.get(i));
            }
            assertThat(addresses(fill(allocator, 64))).containsAll(addresses(freed));
        }
    }

    /** A thread that uses many sizes a little must not hold a large slab of each. */
    @Test
    void mustTakeLittleForSizesThatAreHardlyUsed() {
        try (Allocator allocator = create()) {
            for (int byteSize = 8; byteSize <= PAGE; byteSize += byteSize) {
                allocator.free(allocator.allocate(byteSize, 8));
            }
            assertThat(allocator.stats().committedBytes())
                    .as("one page a size, in a chunk of 64 KiB")
                    .isEqualTo(CHUNK);
            assertThat(allocator.stats().metadataBytes())
                    .as("bytes of bookkeeping for ten sizes")
                    .isLessThan(32 << 10);
        }
    }

    // Blocks that others freed

    @Test
    void mustServeAThreadWithItsBlocksThatAnotherFreedBeforeItTakesMore() {
        try (Allocator allocator = create()) {
            List<MemorySegment> blocks = allocate(allocator, PAGE / 64, 64); // all of a slab of a page
            Set<Long> freed = addresses(blocks);
            inAnotherThread(() -> blocks.forEach(allocator::free));
            assertThat(addresses(allocate(allocator, PAGE / 64, 64))).isEqualTo(freed);
        }
    }

    @Test
    void mustServeAnyThreadWithWhatIsFreeInSlabsThatNoThreadAllocatesFrom() {
        try (Allocator allocator = create()) {
            List<MemorySegment> blocks = allocate(allocator, 10_000, 64);
            long committed = allocator.stats().committedBytes();
            List<MemorySegment> half = new ArrayList<>();
            for (int i = 0; i < blocks.size(); i += 2) {
                half.add(blocks.get(i));
            }
            inAnotherThread(() -> half.forEach(allocator::free));
            inAnotherThread(() -> allocate(allocator, 4_900, 64));
            assertThat(allocator.stats().committedBytes()).isEqualTo(committed);
        }
    }

    /**
     * Blocks that a virtual thread freed belong to no thread. A thread finds them before it goes upstream, where it may
     * wait.
     */
    @Test
    void mustUseWhatVirtualThreadsFreedBeforeItTakesMore() {
        try (Allocator allocator = create()) {
            Race.run(Thread.ofVirtual(), List.of(() -> {
                List<MemorySegment> blocks = allocate(allocator, 30, 2000); // nearly a chunk of 64 KiB
                blocks.subList(0, 20).forEach(allocator::free);
            }));
            long misses = allocator.stats().misses();
            allocate(allocator, 20, 2000);
            assertThat(allocator.stats().misses()).isEqualTo(misses);
        }
    }

    @Test
    void mustSeeABlockFreedTwiceWhicheverThreadFreedItBefore() {
        try (Allocator allocator = create()) {
            List<MemorySegment> guards = allocate(allocator, 300, 64); // so that slabs are not empty
            List<MemorySegment> blocks = allocate(allocator, 300, 64);
            guards.addAll(allocate(allocator, 300, 64));
            for (int i = 0; i < blocks.size(); i++) {
                MemorySegment block = blocks.get(i);
                boolean otherFirst = i % 2 == 0;
                boolean otherSecond = i / 2 % 2 == 0;
                freeIn(otherFirst, allocator, block);
                assertThatThrownBy(() -> freeIn(otherSecond, allocator, block))
                        .as("freed by %s, then by %s", otherFirst ? "another" : "me", otherSecond ? "another" : "me")
                        .hasStackTraceContaining(InvalidBlockException.class.getName())
                        .hasStackTraceContaining("freed before")
                        .hasStackTraceContaining("size class 64");
            }
            assertThat(allocator.stats().invalidFrees()).isEqualTo(blocks.size());
            guards.forEach(allocator::free);
            assertThat(allocator.stats().liveBlocks()).isZero();
            assertThat(allocator.stats().requestedBytes()).isZero();
        }
    }

    private static void freeIn(boolean another, Allocator allocator, MemorySegment block) {
        if (another) {
            inAnotherThread(() -> allocator.free(block));
        } else {
            allocator.free(block);
        }
    }

    @Test
    void mustSeeABlockFreedTwiceWhoseSlabIsGone() {
        AllocatorConfig config =
                AllocatorConfig.builder().retainedBytes(1 << 20).build();
        try (Allocator allocator = create(config)) {
            MemorySegment guard = allocator.allocate(8, 8);
            List<MemorySegment> blocks = allocate(allocator, 200, 1000);
            blocks.forEach(allocator::free);
            allocator.trim();
            for (MemorySegment block : blocks) {
                assertThatThrownBy(() -> allocator.free(block)).isInstanceOf(InvalidBlockException.class);
            }
            assertThat(allocator.stats().invalidFrees()).isEqualTo(blocks.size());
            assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
            allocator.free(guard);
        }
    }

    // Large blocks

    @Test
    void mustPassLargeBlocksToTheConfiguredUpstream() {
        try (Allocator upstream = create();
                Allocator allocator =
                        create(AllocatorConfig.builder().upstream(upstream).build())) {
            MemorySegment large = allocator.allocate(100_000, 64);
            assertThat(upstream.stats().liveBlocks()).isEqualTo(1);
            assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(100_000);
            allocator.free(large);
            assertThat(upstream.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustServeALargeBlockFromTheLimitThatFreedBlocksHeld() {
        try (Allocator allocator =
                create(AllocatorConfig.builder().limitBytes(4 << 20).build())) {
            List<MemorySegment> blocks = fill(allocator, 1000);
            assertThat(allocator.tryAllocate(3 << 20, 8)).isNull();
            blocks.forEach(allocator::free);
            allocator.free(allocator.allocate(3 << 20, 8));
        }
    }

    @Test
    void mustServeALargeBlockFromTheLimitThatIsIdleWhileSomeBlocksLive() {
        AllocatorConfig config = AllocatorConfig.builder()
                .limitBytes(4 << 20)
                .retainedBytes(4 << 20)
                .build();
        try (Allocator allocator = create(config)) {
            List<MemorySegment> blocks = fill(allocator, 1000);
            blocks.subList(20, blocks.size()).forEach(allocator::free);
            allocator.free(allocator.allocate(3 << 20, 8));
            blocks.subList(0, 20).forEach(allocator::free);
        }
    }

    @Test
    void mustSayWhatToDoWhenALargeBlockIsRefused() {
        try (Allocator allocator = create(setting("largeBlocks", "refuse"))) {
            assertThatThrownBy(() -> allocator.allocate(65_537, 8))
                    .isInstanceOf(AllocationException.class)
                    .hasMessageContaining("byteSize is 65537, at most 65536")
                    .hasMessageContaining("largeBlocks");
            assertThatThrownBy(() -> allocator.allocate(8, 8192))
                    .isInstanceOf(AllocationException.class)
                    .hasMessageContaining("byteAlignment is 8192, at most 4096");
            assertThat(allocator.tryAllocate(65_537, 8)).isNull();
        }
    }

    // Blocks

    @Test
    void mustResizeInPlaceWithinASlot() {
        try (Allocator allocator = create()) {
            MemorySegment block = allocator.allocate(1000, 8);
            MemorySegment grown = allocator.resize(block, 1024);
            assertThat(grown.address()).isEqualTo(block.address());
            assertThat(grown.byteSize()).isEqualTo(1024);
            MemorySegment shrunk = allocator.resize(grown, 512);
            assertThat(shrunk.address()).isEqualTo(block.address());
            assertThat(allocator.stats().requestedBytes()).isEqualTo(512);
            MemorySegment moved = allocator.resize(shrunk, 100);
            assertThat(moved.address()).isNotEqualTo(block.address());
            assertThat(allocator.stats().allocatedBytes()).isEqualTo(104);
            allocator.free(moved);
        }
    }

    @Test
    void mustHandOutNeighboursInABatch() {
        try (Allocator allocator = create()) {
            List<MemorySegment> blocks = allocator.allocateAll(64, 8, 32);
            for (int i = 1; i < blocks.size(); i++) {
                assertThat(blocks.get(i).address() - blocks.get(i - 1).address())
                        .isEqualTo(64);
            }
            allocator.freeAll(blocks);
        }
    }

    @Test
    void mustNotHandOutTheNullAddress() {
        try (Allocator allocator = create()) {
            AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
            long address = addresses.allocateAddress(0, 1);
            assertThat(address).isNotEqualTo(AddressAllocator.NULL);
            addresses.freeAddress(address, 0);
        }
    }

    @Test
    void mustTellOfEachSlotOnce() {
        try (Allocator allocator = create()) {
            allocate(allocator, 100, 100);
            long[] bytes = new long[3];
            allocator.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {
                @Override
                public void chunk(long address, long byteSize) {
                    bytes[0] += byteSize;
                }

                @Override
                public void live(long address, long byteSize) {
                    bytes[1] += byteSize;
                }

                @Override
                public void free(long address, long byteSize) {
                    bytes[2] += byteSize;
                }
            });
            assertThat(bytes[0]).isEqualTo(allocator.stats().committedBytes());
            assertThat(bytes[1]).isEqualTo(100 * 104);
            assertThat(bytes[1] + bytes[2]).isBetween(bytes[0] - PAGE, bytes[0]);
        }
    }

    // Views

    /**
     * The blocks are neighbours, because no other thread allocates from that heap. The heap is removed with the view.
     */
    @Test
    void mustServeAViewOfAVirtualThreadFromAHeapOfItsOwn() {
        try (Allocator allocator = create()) {
            List<MemorySegment> viewed = Collections.synchronizedList(new ArrayList<>());
            long[] metadata = new long[3];
            Race.run(Thread.ofVirtual(), List.of(() -> {
                allocator.free(allocator.allocate(64, 8)); // makes a stripe
                metadata[0] = allocator.stats().metadataBytes();
                try (Allocator view =
                        allocator.as(Confinable.class).orElseThrow().confined()) {
                    for (int i = 0; i < 20; i++) {
                        viewed.add(view.allocate(64, 8));
                        inAnotherThread(() -> allocator.allocate(64, 8));
                    }
                    metadata[1] = allocator.stats().metadataBytes();
                    viewed.forEach(view::free);
                }
                metadata[2] = allocator.stats().metadataBytes();
            }));
            assertThat(viewed).hasSize(20);
            for (int i = 1; i < viewed.size(); i++) {
                assertThat(viewed.get(i).address() - viewed.get(i - 1).address())
                        .as("distance of a block to the one before")
                        .isEqualTo(64);
            }
            assertThat(metadata[1] - metadata[0])
                    .as("bytes of bookkeeping for the heap of the view")
                    .isPositive();
            assertThat(metadata[1] - metadata[2])
                    .as("bytes of bookkeeping that went with the view")
                    .isPositive();
            assertThat(allocator.stats().liveBlocks()).isEqualTo(20);
        }
    }

    @Test
    void mustStrandNothingOfAViewOfAVirtualThread() {
        try (Allocator allocator = create()) {
            Race.run(Thread.ofVirtual(), List.of(() -> {
                try (Allocator view =
                        allocator.as(Confinable.class).orElseThrow().confined()) {
                    allocate(view, 100, 64).forEach(view::free);
                }
            }));
            assertThat(allocator.stats().allocations()).isEqualTo(100);
            assertThat(allocator.stats().liveBlocks()).isZero();
            allocator.trim();
            assertThat(allocator.stats().committedBytes()).isZero();
        }
    }

    // Size classes that change

    @Test
    void mustRoundUpToOtherSizeClassesWhileBlocksOfThoseBeforeAreLive() {
        try (AllocatorUnderTest subject = subject()) {
            SizeClassed sizeClassed = subject.capability(SizeClassed.class);
            int[][] tables = {{64, 4400, 65536}, {8, 48, 1000, 65536}, {16, 4400, 20_000, 65536}};
            for (int round = 0; round < 12; round++) {
                new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING).run(400);
                sizeClassed.useSizeClasses(tables[round % tables.length]);
                long before = subject.stats().allocatedBytes();
                subject.allocate(1001, 8);
                int expected =
                        sizeClassed.sizeClasses().size(sizeClassed.sizeClasses().classOf(1001));
                assertThat(subject.stats().allocatedBytes() - before).isEqualTo(expected);
                subject.check();
            }
            subject.freeEverything();
            subject.allocator().trim();
            assertThat(subject.source().openBytes())
                    .as("slabs of no class are left")
                    .isZero();
        }
    }

    @Test
    void mustUseOtherSizeClassesWhileThreadsWork() {
        try (AllocatorUnderTest subject = subject()) {
            SizeClassed sizeClassed = subject.capability(SizeClassed.class);
            List<Race.Task> tasks = new ArrayList<>(
                    Collections.nCopies(3, () -> new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING).run(3_000)));
            tasks.add(() -> {
                for (int round = 0; round < 40; round++) {
                    sizeClassed.useSizeClasses(64 + round % 5 * 8, 1024, 4400, 65536);
                }
            });
            Race.run(tasks);
            subject.check();
            subject.freeEverything();
        }
    }

    private AllocatorUnderTest subject() {
        FaultySource source = FaultySource.withoutPadding();
        AllocatorConfig config = AllocatorConfig.builder().source(source).build();
        return new AllocatorUnderTest(
                create(config), source, config, ContractLimits.builder().build());
    }

    @Test
    void mustRefuseSizeClassesThatDoNotReachAsFarAndKeepThoseItHas() {
        try (Allocator allocator = create()) {
            SizeClassed sizeClassed = allocator.as(SizeClassed.class).orElseThrow();
            SizeClasses before = sizeClassed.sizeClasses();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sizeClassed.useSizeClasses(64, 128))
                    .withMessageContaining("65536");
            assertThat(sizeClassed.sizeClasses()).isEqualTo(before);
        }
    }

    // Settings

    @Test
    void mustReadItsLargestBlockAsAByteSize() {
        try (Allocator allocator = create(setting("largestBlock", "4KiB"))) {
            SizeClassed sizeClassed = allocator.as(SizeClassed.class).orElseThrow();
            assertThat(sizeClassed.sizeClasses().largest()).isEqualTo(4096);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create(setting("largestBlock", "3KiB")))
                .withMessageContaining(".largestBlock is '3KiB': ")
                .withMessageContaining("must be a power of two from 128 to 65536");
    }

    @Test
    void mustTakeItsSizeClassesAsAList() {
        try (Allocator allocator = create(setting("sizes", "16, 48,4368"))) {
            SizeClassed sizeClassed = allocator.as(SizeClassed.class).orElseThrow();
            assertThat(sizeClassed.sizeClasses().sizes()).containsExactly(16, 48, 4368);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create(setting("sizes", "16,x")))
                .withMessageContaining(".sizes is 'x': must be a whole number");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create(setting("sizes", "16,17")))
                .withMessageContaining(".sizes is '16,17': size class 1 is 17, must be a multiple of 8 from 24");
    }

    @Test
    void mustRefuseSettingsOutOfRange() {
        for (long bytes : new long[] {-1, (1L << 30) + 1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> create(setting("threadBytes", bytes)))
                    .withMessageContaining("threadBytes is " + bytes + ", must be 0 to " + (1L << 30));
        }
    }

    @Test
    void mustLetAThreadHoldWhatItIsSetTo() {
        try (Allocator little = create(setting("threadBytes", 0));
                Allocator much = create(setting("threadBytes", 16 << 20))) {
            for (Allocator allocator : List.of(little, much)) {
                for (int round = 0; round < 2; round++) {
                    for (int byteSize = 64; byteSize <= 65_536; byteSize += 64) {
                        allocator.free(allocator.allocate(byteSize, 8));
                    }
                }
            }
            assertThat(little.stats().committedBytes())
                    .as("a slab of one block, in a chunk")
                    .isLessThanOrEqualTo(2 * CHUNK);
            assertThat(much.stats().committedBytes()).as("slabs of all sizes").isGreaterThanOrEqualTo(16 * CHUNK);
        }
    }

    /** Defines the classes of the strategy itself, and records which. */
    private final class RecordingLoader extends ClassLoader {
        private final List<String> loaded = new ArrayList<>();

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(provider().getClass().getPackageName() + ".")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            loaded.add(name);
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Test
    void mustNotLoadWhatServesBlocksBeforeAnAllocatorIsMade() throws ReflectiveOperationException {
        RecordingLoader loader = new RecordingLoader();
        Object provider = loader.loadClass(provider().getClass().getName())
                .getDeclaredConstructor()
                .newInstance();
        Class<?> type = provider.getClass();
        assertThat(type.getMethod("name").invoke(provider)).isEqualTo(provider().name());
        type.getMethod("capabilities").invoke(provider);
        assertThat(loader.loaded).isNotEmpty().doesNotContain(slabClass());
        Allocator allocator = (Allocator)
                type.getMethod("create", AllocatorConfig.class).invoke(provider, AllocatorConfig.defaults());
        allocator.close();
        assertThat(loader.loaded).contains(slabClass());
    }
}
