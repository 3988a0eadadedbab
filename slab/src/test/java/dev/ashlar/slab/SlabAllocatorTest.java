package dev.ashlar.slab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.testkit.ChurnWorkload;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Subject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** What slab promises beyond the contract. */
class SlabAllocatorTest {

    private static final String ALLOCATOR = "dev.ashlar.slab.internal.BitmapSlab";

    private static Allocator slab(AllocatorConfig config) {
        return AllocatorProviders.require("slab").create(config);
    }

    private static List<MemorySegment> allocate(Allocator allocator, int count, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8));
        }
        return blocks;
    }

    @Test
    void mustSpendLessThanOnePerCentOnMetadataAt64ByteBlocks() {
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 200_000, 64);
            AllocatorStats full = allocator.stats();
            assertThat(full.metadataRatio()).isLessThan(0.01);
            assertThat(full.utilisation()).isGreaterThan(0.9);
            assertThat(full.hitRate()).isGreaterThan(0.999);
            blocks.forEach(allocator::free);
        }
    }

    @Test
    void mustGiveMemoryBackAsTheLoadFallsWithoutATrim() {
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocate(allocator, 50_000, 1000);
            long atPeak = allocator.stats().committedBytes();
            blocks.subList(1000, blocks.size()).forEach(allocator::free);
            assertThat(allocator.stats().committedBytes()).isLessThan(atPeak / 4);
        }
    }

    @Test
    void mustResizeInPlaceWithinASlot() {
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
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
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
            List<MemorySegment> blocks = allocator.allocateAll(64, 8, 32);
            for (int i = 1; i < blocks.size(); i++) {
                assertThat(blocks.get(i).address() - blocks.get(i - 1).address())
                        .isEqualTo(64);
            }
            allocator.freeAll(blocks);
        }
    }

    @Test
    void mustTakeMemoryAhead() {
        FaultySource source = new FaultySource();
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .preallocateBytes(3 << 20)
                .build();
        try (Allocator allocator = slab(config)) {
            assertThat(source.openBytes()).isEqualTo(3 << 20);
            long calls = allocator.stats().upstreamCalls();
            allocate(allocator, 20_000, 128).forEach(allocator::free);
            assertThat(allocator.stats().upstreamCalls()).isEqualTo(calls);
            assertThat(allocator.stats().misses()).isZero();
        }
    }

    @Test
    void mustPassLargeBlocksToTheConfiguredUpstream() {
        try (Allocator upstream = slab(AllocatorConfig.defaults());
                Allocator allocator =
                        slab(AllocatorConfig.builder().upstream(upstream).build())) {
            MemorySegment large = allocator.allocate(100_000, 64);
            assertThat(upstream.stats().liveBlocks()).isEqualTo(1);
            assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(100_000);
            allocator.free(large);
            assertThat(upstream.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustServeALargeBlockFromTheLimitThatFreedSlabsHeld() {
        try (Allocator allocator =
                slab(AllocatorConfig.builder().limitBytes(4 << 20).build())) {
            List<MemorySegment> blocks = new ArrayList<>();
            for (MemorySegment block = allocator.tryAllocate(1000, 8);
                    block != null;
                    block = allocator.tryAllocate(1000, 8)) {
                blocks.add(block);
            }
            assertThat(allocator.tryAllocate(3 << 20, 8)).isNull();
            blocks.forEach(allocator::free);
            MemorySegment large = allocator.allocate(3 << 20, 8);
            allocator.free(large);
        }
    }

    @Test
    void mustSayWhatToDoWhenALargeBlockIsRefused() {
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar.slab.largeBlocks", "refuse"));
        try (Allocator allocator = slab(config)) {
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

    @Test
    void mustServeAViewOfAVirtualThreadFromAHeapOfItsOwn() throws InterruptedException {
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
            Thread thread = Thread.ofVirtual().start(() -> {
                try (Allocator view =
                        allocator.as(Confinable.class).orElseThrow().confined()) {
                    allocate(view, 100, 64).forEach(allocator::free);
                }
            });
            thread.join();
            assertThat(allocator.stats().liveBlocks()).isZero();
            allocator.trim();
            assertThat(allocator.stats().committedBytes()).isZero();
        }
    }

    @Test
    void mustTellOfEachSlotOnce() {
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
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
            assertThat(bytes[1] + bytes[2]).isBetween(bytes[0] - 4096, bytes[0]);
        }
    }

    @Test
    void mustNotHandOutTheNullAddress() {
        try (Allocator allocator = slab(AllocatorConfig.defaults())) {
            AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
            long address = addresses.allocateAddress(0, 1);
            assertThat(address).isNotEqualTo(AddressAllocator.NULL);
            addresses.freeAddress(address, 0);
        }
    }

    /** Defines the classes of slab itself, and remembers which. */
    private static final class Recording extends ClassLoader {
        private final List<String> loaded = new ArrayList<>();

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.ashlar.slab.")) {
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
    void mustNotLoadTheAllocatorBeforeOneIsMade() throws ReflectiveOperationException {
        Recording loader = new Recording();
        Object provider = loader.loadClass(SlabProvider.class.getName())
                .getDeclaredConstructor()
                .newInstance();
        Class<?> type = provider.getClass();
        assertThat(type.getMethod("name").invoke(provider)).isEqualTo("slab");
        type.getMethod("capabilities").invoke(provider);
        assertThat(loader.loaded).isNotEmpty().doesNotContain(ALLOCATOR);
        Allocator allocator = (Allocator)
                type.getMethod("create", AllocatorConfig.class).invoke(provider, AllocatorConfig.defaults());
        allocator.close();
        assertThat(loader.loaded).contains(ALLOCATOR);
    }

    @Test
    void mustRoundUpToOtherSizeClassesWhileBlocksOfThoseBeforeAreLive() {
        FaultySource source = new FaultySource();
        AllocatorConfig config = AllocatorConfig.builder().source(source).build();
        try (Subject subject = new Subject(
                new SlabProvider().create(config),
                source,
                config,
                ContractLimits.builder().build())) {
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
            assertThat(source.openBytes()).as("slabs of no class are left").isZero();
        }
    }

    @Test
    void mustUseOtherSizeClassesWhileThreadsWork() {
        FaultySource source = new FaultySource();
        AllocatorConfig config = AllocatorConfig.builder().source(source).build();
        try (Subject subject = new Subject(
                new SlabProvider().create(config),
                source,
                config,
                ContractLimits.builder().build())) {
            SizeClassed sizeClassed = subject.capability(SizeClassed.class);
            Thread[] threads = new Thread[3];
            Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
            for (int i = 0; i < threads.length; i++) {
                threads[i] = Thread.ofPlatform().start(() -> {
                    try {
                        new ChurnWorkload(subject, ChurnWorkload.Mix.EVERYTHING).run(3_000);
                    } catch (RuntimeException | Error e) {
                        failures.add(e);
                    }
                });
            }
            for (int round = 0; round < 40; round++) {
                sizeClassed.useSizeClasses(64 + round % 5 * 8, 1024, 4400, 65536);
            }
            for (Thread thread : threads) {
                join(thread);
            }
            assertThat(failures).isEmpty();
            subject.check();
            subject.freeEverything();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void mustRefuseSizeClassesThatDoNotReachAsFarAndKeepThoseItHas() {
        try (Allocator allocator = new SlabProvider().create(AllocatorConfig.defaults())) {
            SizeClassed sizeClassed = allocator.as(SizeClassed.class).orElseThrow();
            SizeClasses before = sizeClassed.sizeClasses();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sizeClassed.useSizeClasses(64, 128))
                    .withMessageContaining("65536");
            assertThat(sizeClassed.sizeClasses()).isEqualTo(before);
        }
    }
}
