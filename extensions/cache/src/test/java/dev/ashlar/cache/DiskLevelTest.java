package dev.ashlar.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.ForwardingAllocator;
import dev.ashlar.slab.Slab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiskLevelTest {

    private static final int SIZE = 1024;
    private static final int IN_MEMORY = 8;

    @TempDir
    private Path folder;

    private final Allocator allocator = Slab.allocator();

    @AfterEach
    void everythingIsFreed() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private OffHeapCache.Builder<Integer> builder() {
        return OffHeapCache.<Integer>builder(allocator, IN_MEMORY * SIZE)
                .largestValue(SIZE)
                .eviction(Eviction.LRU);
    }

    private OffHeapCache<Integer> cache(int recordsOnDisk) {
        return builder().disk(folder, (long) recordsOnDisk * SIZE).build();
    }

    private static void put(OffHeapCache<Integer> cache, int key) {
        assertThat(cache.put(key, Values.of(key, 1, SIZE))).isTrue();
    }

    private static boolean has(OffHeapCache<Integer> cache, int key) {
        return cache.<Integer>get(key, value -> Values.versionOf(value, key)) != null;
    }

    private Path data() {
        return folder.resolve("ashlar-cache.data");
    }

    @ParameterizedTest
    @EnumSource
    void mustFindOnDiskWhatMemoryHasNoRoomFor(Eviction eviction) {
        try (OffHeapCache<Integer> cache =
                builder().eviction(eviction).disk(folder, 100 * SIZE).build()) {
            for (int round = 0; round < 3; round++) {
                for (int key = 0; key < 50; key++) {
                    if (round == 0) {
                        put(cache, key);
                    }
                    assertThat(has(cache, key)).as("key %d", key).isTrue();
                }
                cache.checkInvariants();
            }
            CacheStats stats = cache.stats();
            assertThat(stats.entries() + stats.disk().entries()).isEqualTo(50);
            assertThat(stats.hitRate()).isEqualTo(1);
            assertThat(stats.disk().promotions()).isGreaterThan(50);
            assertThat(stats.disk().demotions()).isGreaterThan(50);
            assertThat(cache.keys()).hasSize(50);
            assertThat(cache.remove(0)).isTrue();
            assertThat(has(cache, 0)).isFalse();
            cache.clear();
            assertThat(cache.keys()).isEmpty();
            assertThat(cache.stats().disk().bytes()).isZero();
            cache.checkInvariants();
        }
        assertThat(data()).doesNotExist();
    }

    @Test
    void mustEvictTheOldestRecordsOfAFullFile() {
        try (OffHeapCache<Integer> cache = cache(16)) {
            IntStream.range(0, 100).forEach(key -> put(cache, key));
            assertThat(cache.keys())
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(76, 100).boxed().toList());
            assertThat(cache.stats().disk().evictions()).isEqualTo(76);
            assertThat(cache.stats().disk().bytes()).isEqualTo(16 * SIZE);
            cache.checkInvariants();
        }
    }

    @Test
    void mustForgetTheRecordOfAKeyThatIsPutAgain() {
        try (OffHeapCache<Integer> cache = cache(100)) {
            IntStream.range(0, 20).forEach(key -> put(cache, key));
            cache.put(0, Values.of(0, 2, SIZE));
            assertThat(cache.<Integer>get(0, value -> Values.versionOf(value, 0)))
                    .isEqualTo(2);
            assertThat(cache.put(1, SIZE + 1, block -> {})).isFalse();
            assertThat(has(cache, 1)).isFalse();
            cache.checkInvariants();
        }
    }

    /** Values that are not written yet are found, come back without a read, and are dropped if there are too many. */
    @Test
    void mustFindValuesThatWaitForTheExecutor() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        Executor executor = tasks::add;
        try (OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(allocator, 16 * SIZE)
                .largestValue(SIZE)
                .eviction(Eviction.FIFO)
                .disk(folder, 100 * SIZE, executor)
                .build()) {
            IntStream.range(0, 18).forEach(key -> put(cache, key));
            assertThat(cache.stats().disk().demotions()).isZero();
            assertThat(cache.stats().heldBytes()).isEqualTo(18 * SIZE);
            assertThat(has(cache, 0)).isTrue(); // and demotes 2
            assertThat(cache.stats().disk().promotions()).isOne();
            assertThat(cache.stats().disk().dropped()).isZero();
            cache.checkInvariants();
            put(cache, 18); // there is no room to wait for 3
            assertThat(cache.stats().disk().dropped()).isOne();
            assertThat(cache.remove(1)).isTrue();
            assertThat(cache.stats().heldBytes()).isEqualTo(17 * SIZE);
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
            assertThat(cache.stats().disk().demotions()).isOne();
            assertThat(cache.stats().heldBytes()).isEqualTo(16 * SIZE);
            assertThat(has(cache, 2)).isTrue();
            cache.checkInvariants();
        }
    }

    /** A task for each put would take more memory than the values that wait. */
    @Test
    void mustGiveTheExecutorOneTaskAtATime() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        try (OffHeapCache<Integer> cache =
                builder().disk(folder, 100 * SIZE, tasks::add).build()) {
            IntStream.rangeClosed(0, IN_MEMORY).forEach(key -> put(cache, key)); // 0 waits
            for (int i = 0; i < 1000; i++) { // the one that waits comes back, and the next one waits
                assertThat(has(cache, i % (IN_MEMORY + 1))).isTrue();
            }
            assertThat(cache.stats().disk().promotions()).isEqualTo(1000);
            cache.checkInvariants();
            IntStream.range(100, 1100).forEach(key -> put(cache, key));
            assertThat(tasks).hasSize(1);
            tasks.remove().run();
            assertThat(cache.stats().disk().demotions()).isOne();
            put(cache, 0);
            put(cache, 1);
            assertThat(tasks).hasSize(1);
            tasks.remove().run();
            assertThat(cache.stats().disk().demotions()).isEqualTo(2);
            cache.checkInvariants();
        }
    }

    @Test
    void mustGoOnAfterAnExecutorThatThrows() {
        AtomicReference<Executor> executor = new AtomicReference<>(task -> {
            throw new IllegalStateException("executor");
        });
        try (OffHeapCache<Integer> cache = builder()
                .disk(folder, 100 * SIZE, task -> executor.get().execute(task))
                .build()) {
            IntStream.range(0, IN_MEMORY).forEach(key -> put(cache, key));
            assertThatThrownBy(() -> put(cache, 8)).hasMessage("executor");
            executor.set(Runnable::run);
            assertThat(has(cache, 8)).isTrue();
            put(cache, 9);
            assertThat(cache.stats().disk().demotions()).isOne();
            put(cache, 10);
            assertThat(cache.stats().disk().demotions()).isEqualTo(2);
            cache.checkInvariants();
        }
    }

    private OffHeapCache<Integer> haltedBy(HaltingClock clock) {
        OffHeapCache<Integer> cache = builder()
                .nanoTime(clock)
                .expireAfterAccess(Duration.ofMinutes(1))
                .disk(folder, 100 * SIZE)
                .build();
        IntStream.rangeClosed(0, IN_MEMORY).forEach(key -> put(cache, key)); // 0 is on disk
        return cache;
    }

    @Test
    void mustFindAValueOnItsWayToMemory() throws Exception {
        HaltingClock clock = new HaltingClock();
        try (OffHeapCache<Integer> cache = haltedBy(clock)) {
            Future<Boolean> first = clock.halt(cache, () -> has(cache, 0));
            FutureTask<Boolean> second = new FutureTask<>(() -> has(cache, 0));
            Thread reading = new Thread(second);
            reading.start();
            Threads.awaitWaitingOrDone(reading, second);
            boolean isContained = cache.contains(0);
            List<Integer> keys = cache.keys().toList();
            clock.goOn();
            assertThat(first.get()).isTrue();
            assertThat(second.get()).isTrue();
            assertThat(isContained).isTrue();
            assertThat(keys).contains(0).hasSize(IN_MEMORY + 1);
            assertThat(cache.stats().misses()).isZero();
            assertThat(cache.stats().hits()).isEqualTo(2);
            cache.checkInvariants();
        }
    }

    @Test
    void mustRemoveAValueOnItsWayToMemory() throws Exception {
        HaltingClock clock = new HaltingClock();
        try (OffHeapCache<Integer> cache = haltedBy(clock)) {
            Future<Boolean> read = clock.halt(cache, () -> has(cache, 0));
            boolean isRemoved = cache.remove(0);
            boolean isContained = cache.contains(0);
            clock.goOn();
            assertThat(read.get()).isTrue();
            assertThat(isRemoved).isTrue();
            assertThat(isContained).isFalse();
            assertThat(cache.contains(0)).isFalse();
            cache.checkInvariants();
        }
    }

    /** Runs something once after a block is freed. */
    private static final class HookedFree extends ForwardingAllocator {

        private final AtomicReference<@Nullable Runnable> onFree = new AtomicReference<>();

        HookedFree(Allocator upstream) {
            super(upstream);
        }

        @Override
        public void free(MemorySegment block) {
            super.free(block);
            Runnable hook = onFree.getAndSet(null);
            if (hook != null) {
                hook.run();
            }
        }
    }

    private OffHeapCache<Integer> ofOneValue(HookedFree hooked, HaltingClock clock, Executor executor) {
        return OffHeapCache.<Integer>builder(hooked, SIZE)
                .largestValue(SIZE)
                .eviction(Eviction.LRU)
                .nanoTime(clock)
                .expireAfterAccess(Duration.ofMinutes(1))
                .disk(folder, 100 * SIZE, executor)
                .build();
    }

    /** A read that begins during the clear takes a value that the clear has not reached, and ends after it. */
    @Test
    void mustNotBringAValueBackAfterAClear() throws Exception {
        HookedFree hooked = new HookedFree(allocator);
        HaltingClock clock = new HaltingClock();
        AtomicReference<Future<Boolean>> read = new AtomicReference<>();
        try (OffHeapCache<Integer> cache = ofOneValue(hooked, clock, Runnable::run)) {
            put(cache, 0);
            put(cache, 1); // 0 goes to disk
            hooked.onFree.set(() -> read.set(clock.halt(cache, () -> has(cache, 0))));
            cache.clear();
            clock.goOn();
            assertThat(read.get().get()).isTrue();
            assertThat(cache.contains(0)).isFalse();
            assertThat(cache.contains(1)).isFalse();
            cache.checkInvariants();
        }
    }

    /** The same, but it ends when the clear has removed what is in memory. */
    @Test
    void mustNotBringAValueBackDuringAClear() {
        Deque<Runnable> tasks = new ArrayDeque<>();
        HookedFree hooked = new HookedFree(allocator);
        HaltingClock clock = new HaltingClock();
        try (OffHeapCache<Integer> cache = ofOneValue(hooked, clock, tasks::add)) {
            put(cache, 0);
            put(cache, 1); // 0 goes to disk
            tasks.remove().run();
            put(cache, 2); // 1 waits, so its block is freed when the disk is cleared
            List<Boolean> results = new ArrayList<>();
            hooked.onFree.set(() -> {
                Future<Boolean> read = clock.halt(cache, () -> has(cache, 0));
                hooked.onFree.set(() -> {
                    clock.goOn();
                    results.add(resultOf(read));
                });
            });
            cache.clear();
            assertThat(results).containsExactly(true);
            assertThat(cache.keys()).isEmpty();
            cache.checkInvariants();
        }
    }

    private static <T> T resultOf(Future<T> task) {
        try {
            return task.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private OffHeapCache.Builder<HookedKey> hookedBuilder() {
        return OffHeapCache.<HookedKey>builder(allocator, 100 * SIZE)
                .largestValue(SIZE)
                .disk(folder, 100 * SIZE);
    }

    /** It is not on disk when that is looked at, and not in memory when that is. */
    @Test
    void mustFindAValueThatComesToMemoryAndGoesBackMeanwhile() throws Exception {
        HookedKey key = new HookedKey(1);
        AtomicReference<@Nullable Runnable> onTime = new AtomicReference<>();
        AtomicReference<Future<byte[]>> read = new AtomicReference<>();
        LongSupplier clock = () -> {
            Runnable hook = onTime.getAndSet(null);
            if (hook != null) {
                hook.run();
            }
            return 0;
        };
        try (OffHeapCache<HookedKey> cache =
                hookedBuilder().eviction(Eviction.LRU).nanoTime(clock).build()) {
            cache.put(key, new byte[SIZE]);
            cache.evict(SIZE);
            onTime.set(
                    () -> { // before it looks at the disk
                        FutureTask<byte[]> task = new FutureTask<>(() -> cache.get(key));
                        read.set(task);
                        Thread reading = new Thread(task);
                        reading.start();
                        Threads.awaitWaitingOrDone(reading, task);
                        key.onHashIn("isElsewhere", () -> key.onHashIn("isElsewhere", () -> cache.evict(SIZE)));
                    });
            assertThat(cache.get(key)).hasSize(SIZE);
            assertThat(read.get().get()).hasSize(SIZE);
            assertThat(cache.stats().misses()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustFindAValueThatIsPutMeanwhile(Eviction eviction) {
        HookedKey key = new HookedKey(1);
        try (OffHeapCache<HookedKey> cache = hookedBuilder().eviction(eviction).build()) {
            key.onHashIn("isAnywhere", () -> cache.put(key, new byte[SIZE]));
            assertThat(cache.contains(key)).isTrue();
            assertThat(cache.stats().storedBytes())
                    .isEqualTo(SIZE)
                    .isEqualTo(allocator.stats().allocatedBytes());
            assertThat(cache.get(key)).hasSize(SIZE);
            cache.checkInvariants();
        }
    }

    @Test
    void keysMustHaveWhatGoesToDiskMeanwhile() {
        try (OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(allocator, 100 * SIZE)
                .disk(folder, 100 * SIZE)
                .build()) {
            IntStream.range(0, 12).forEach(key -> put(cache, key));
            Stream<Integer> keys = cache.keys();
            cache.evict(Long.MAX_VALUE);
            assertThat(keys)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 12).boxed().toList());
        }
    }

    /** A value goes to disk after that was looked at, and comes back to a part of memory that was looked at. */
    @Test
    void keysMustHaveWhatGoesToDiskAndComesBackMeanwhile() {
        List<HookedKey> keys = Stream.of(1, 2, 3).map(HookedKey::new).toList();
        try (OffHeapCache<HookedKey> cache =
                hookedBuilder().eviction(Eviction.LRU).build()) {
            keys.forEach(key -> cache.put(key, new byte[SIZE]));
            keys.get(0).onHashIn("keys", () -> {
                cache.evict(Long.MAX_VALUE);
                keys.get(1)
                        .onHashIn(
                                "keys", () -> assertThat(cache.get(keys.get(2))).isNotNull());
            });
            assertThat(cache.keys()).containsExactlyInAnyOrderElementsOf(keys);
            assertThat(cache.stats().disk().promotions()).isOne();
        }
    }

    @Test
    void mustMissADamagedRecord() throws IOException {
        try (OffHeapCache<Integer> cache = cache(100)) {
            IntStream.range(0, 20).forEach(key -> put(cache, key));
            try (FileChannel file = FileChannel.open(data(), StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.wrap(new byte[] {99}), 3 * SIZE + 500);
            }
            assertThat(has(cache, 2)).isTrue();
            assertThat(has(cache, 3)).isFalse();
            assertThat(cache.stats().disk().damaged()).isOne();
            try (FileChannel file = FileChannel.open(data(), StandardOpenOption.WRITE)) {
                file.truncate(5 * SIZE - 1); // torn, and all after it are lost
            }
            assertThat(has(cache, 4)).isFalse();
            assertThat(has(cache, 5)).isFalse();
            assertThat(cache.stats().disk().errors()).isEqualTo(2);
            assertThat(has(cache, 1)).isTrue();
            put(cache, 3);
            assertThat(has(cache, 3)).isTrue();
            cache.checkInvariants();
        }
    }

    /** The device /dev/full fails every write as a full disk does. */
    @Test
    void mustGoOnWithAFullDisk() throws IOException {
        Path full = Path.of("/dev/full");
        assumeThat(full).exists();
        Files.createSymbolicLink(data(), full);
        try (OffHeapCache<Integer> cache = cache(100)) {
            IntStream.range(0, 20).forEach(key -> put(cache, key));
            assertThat(cache.stats().disk().errors()).isEqualTo(20 - IN_MEMORY);
            assertThat(cache.stats().disk().entries()).isZero();
            assertThat(has(cache, 0)).isFalse();
            assertThat(has(cache, 19)).isTrue();
            cache.checkInvariants();
        }
    }

    @Test
    void mustRefuseAFolderThatItCannotUse() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> builder().disk(file, 1000).build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("Name a folder that this process may write.");
        Path readOnly = Path.of("/proc/self");
        assumeThat(readOnly).exists();
        assertThatThrownBy(() -> builder().disk(readOnly, 1000).build())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(readOnly.toString());
    }

    @Test
    void mustRefuseTheFolderOfAnotherCache() {
        try (OffHeapCache<Integer> first = cache(100)) {
            assertThatThrownBy(() -> cache(100))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(folder.toString());
            put(first, 1);
        }
        try (OffHeapCache<Integer> second = cache(100)) {
            assertThat(second.keys()).isEmpty();
        }
    }

    /** An interrupt closes a channel of Java in the middle of its work. */
    @Test
    void mustReadAndWriteOnAnInterruptedThread() {
        try (OffHeapCache<Integer> cache = cache(100)) {
            for (int key = 0; key < 50; key++) {
                Thread.currentThread().interrupt();
                put(cache, key);
                assertThat(has(cache, key / 2)).isTrue();
                assertThat(Thread.interrupted()).isTrue();
            }
            assertThat(cache.stats().disk().errors()).isZero();
        }
    }

    /** A channel that was closed is opened again. */
    @Test
    void mustGoOnAfterAnInterruptDuringTheWork() throws InterruptedException {
        try (OffHeapCache<Integer> cache = cache(100)) {
            Thread worker = new Thread(() -> {
                for (int key = 0; key < 3000; key++) {
                    put(cache, key % 60);
                    has(cache, key * 7 % 60);
                }
            });
            worker.start();
            while (worker.isAlive()) {
                worker.interrupt();
                Thread.onSpinWait();
            }
            worker.join();
            CacheStats.Disk disk = cache.stats().disk();
            assertThat(disk.errors() + disk.damaged()).isZero();
            assertThat(disk.promotions()).isGreaterThan(100);
            cache.checkInvariants();
        }
    }

    /** Writes to the disk level until it is killed. */
    static final class Endless {

        private Endless() {}

        public static void main(String[] arguments) {
            try (Allocator allocator = Slab.allocator();
                    OffHeapCache<Integer> cache = OffHeapCache.<Integer>builder(allocator, 1 << 16)
                            .disk(Path.of(arguments[0]), 1 << 22)
                            .build()) {
                for (int key = 0; ; key++) {
                    cache.put(key, Values.of(key, 1, 4096));
                    if (key == 2000) {
                        System.out.println("is writing");
                    }
                }
            }
        }
    }

    @Test
    void mustBeginEmptyAfterACrash() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Endless.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("is writing");
            assertThatThrownBy(() -> cache(100)).hasMessageContaining("used by another cache");
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertThat(Files.size(data())).isGreaterThan(100_000);
        try (OffHeapCache<Integer> cache = cache(100)) {
            assertThat(data()).isEmptyFile();
            assertThat(cache.keys()).isEmpty();
            IntStream.range(0, 50).forEach(key -> put(cache, key));
            assertThat(IntStream.range(0, 50).allMatch(key -> has(cache, key))).isTrue();
            cache.checkInvariants();
        }
    }
}
