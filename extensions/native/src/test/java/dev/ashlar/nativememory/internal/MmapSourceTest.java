package dev.ashlar.nativememory.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.MemorySource.Session;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.testkit.MemorySourceContract;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The contract of sources, and what this one does beyond it. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class MmapSourceTest extends MemorySourceContract {

    private static final long MIB = 1 << 20;

    private final MmapSource source = new MmapSource();

    @Override
    protected MemorySource source() {
        return source;
    }

    private static AddressSpace space(long keptBytes, Consumer<Runnable> passes) {
        return new AddressSpace(new Pages(Kernel.require(), PageOptions.DEFAULT), keptBytes, passes);
    }

    /** The first page of each sixteen. */
    private static long[] take(AddressSpace space, long byteSize) {
        return LongStream.range(0, byteSize / 16 / space.pageSize())
                .map(_ -> space.take(16, 1))
                .toArray();
    }

    @SuppressWarnings("restricted")
    private static MemorySegment memory(AddressSpace space, long first, long pages) {
        return MemorySegment.ofAddress(first * space.pageSize()).reinterpret(pages * space.pageSize());
    }

    private static void give(AddressSpace space, long[] taken) {
        for (long first : taken) {
            space.give(first, 16);
        }
    }

    private static Chunk take(Session session, long byteSize, long byteAlignment) {
        Chunk chunk = session.take(byteSize, byteAlignment);
        assertThat(chunk).isNotNull();
        return chunk;
    }

    @Test
    void mustBeTheSourceWhereNoneIsNamed() {
        assertThat(MemorySources.standard()).isInstanceOf(MmapSource.class);
        assertThat(MemorySources.require("mmap")).isInstanceOf(MmapSource.class);
        assertThat(MemorySources.require(MemorySources.AUTO)).isInstanceOf(MmapSource.class);
    }

    @Test
    void mustUseTheMemoryOfClosedChunksAgain() {
        AddressSpace space = space(MIB, Runnable::run);
        long first = space.take(16, 1);
        space.give(first, 16);

        assertThat(space.take(16, 1)).isEqualTo(first);
        space.checkInvariants();
    }

    @Test
    void mustKeepNoMoreMemoryThanTheBoundAllowsAfterAPass() {
        AddressSpace space = space(MIB, Runnable::run);
        List<Long> taken = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            taken.add(space.take(16, 1));
        }
        for (long first : taken) {
            space.give(first, 16);

            space.checkInvariants();
            assertThat(space.dirtyBytes()).isLessThanOrEqualTo(MIB);
        }
        assertThat(space.dirtyBytes()).isPositive();
    }

    @Test
    void mustReleaseWhatWasNotNeededBetweenTwoPasses() {
        Queue<Runnable> passes = new ArrayDeque<>();
        AddressSpace space = space(MIB, passes::add);
        give(space, take(space, 4 * MIB));
        assertThat(space.dirtyBytes()).isEqualTo(4 * MIB); // it is 4 MiB at once, so all of it may be idle
        long[] again = take(space, 3 * MIB);
        give(space, again);

        passes.remove().run();
        space.checkInvariants();
        assertThat(space.dirtyBytes()).isEqualTo(3 * MIB); // 1 MiB was always dirty

        give(space, take(space, 2 * MIB));
        passes.remove().run();
        space.checkInvariants();
        assertThat(space.dirtyBytes()).isEqualTo(2 * MIB);

        passes.remove().run();
        assertThat(space.dirtyBytes()).isEqualTo(MIB);
        assertThat(passes).isEmpty();
    }

    @Test
    void mustReleaseNothingThatALoadTakesAgainAndAgain() {
        Queue<Runnable> passes = new ArrayDeque<>();
        AddressSpace space = space(MIB, passes::add);
        for (int i = 0; i < 10; i++) {
            give(space, take(space, 8 * MIB));
            if (!passes.isEmpty()) {
                long[] inUse = take(space, 8 * MIB);
                passes.remove().run();
                give(space, inUse);
            }
            assertThat(space.dirtyBytes()).isEqualTo(8 * MIB);
            assertThat(passes).hasSize(1);
            space.checkInvariants();
        }
    }

    @Test
    void mustReleaseOnTheHousekeepingThread() throws InterruptedException {
        AddressSpace space = new AddressSpace(new Pages(Kernel.require(), PageOptions.DEFAULT), MIB);
        give(space, take(space, 4 * MIB));
        for (int i = 0; i < 3_000 && space.dirtyBytes() > MIB; i++) {
            Thread.sleep(10);
        }
        assertThat(space.dirtyBytes()).isEqualTo(MIB);
    }

    /** Two threads would write to the same page, or a thread would find a page released that it holds. */
    @Test
    void mustGiveEachPageToOneThreadWhilePassesRun() throws InterruptedException {
        BlockingQueue<Runnable> passes = new LinkedBlockingQueue<>();
        AddressSpace space = space(64 * 1024, passes::add);
        AtomicInteger failures = new AtomicInteger();
        Thread passing = Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    passes.take().run();
                }
            } catch (InterruptedException e) {
                return; // the test ends
            }
        });
        List<Thread> threads = IntStream.range(1, 4)
                .mapToObj(number -> Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 3_000; i++) {
                        long pages = 1L + i % 32;
                        long first = space.take(pages, 1);
                        MemorySegment memory = memory(space, first, pages);
                        memory.fill((byte) number);
                        LockSupport.parkNanos(1); // so that others run
                        for (long page = 0; page < memory.byteSize(); page += space.pageSize()) {
                            if (memory.get(ValueLayout.JAVA_BYTE, page) != number) {
                                failures.incrementAndGet();
                            }
                        }
                        space.give(first, pages);
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        passing.interrupt();
        passing.join();
        space.checkInvariants();
        assertThat(failures).hasValue(0);
    }

    @Test
    void mustKeepNothingAfterATrim() {
        AddressSpace space = space(MIB, Runnable::run);
        try (Session session = new MmapSession(space)) {
            take(session, 64 * 1024, 4096).close();
            assertThat(space.dirtyBytes()).isPositive();

            session.trim();

            assertThat(space.dirtyBytes()).isZero();
            space.checkInvariants();
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void mustGiveNoPageTwiceWhenTheKernelDoesNotReleaseSome() {
        AddressSpace space = space(4 * MIB, Runnable::run);
        try (Session session = new MmapSession(space);
                Session other = new MmapSession(space)) {
            Chunk first = take(session, 3 * MIB, 1);
            take(session, space.pageSize(), 1); // so that the two others do not touch
            Chunk second = take(session, 2 * MIB, 1);
            long locked = first.memory().address();
            assertThat(Kernel.require().lock(locked, space.pageSize())).isZero();
            first.close();
            second.close(); // more than may be kept, and the longest range cannot be released
            session.trim();
            space.checkInvariants();

            Chunk third = take(other, 3 * MIB, 1);
            Chunk fourth = take(other, 2 * MIB, 1);
            second.close(); // again, which does nothing
            Chunk fifth = take(session, 2 * MIB, 1);

            assertThat(third.memory().address()).isEqualTo(locked); // the pages are not lost
            mustBeApart(third, fourth, fifth);
            Kernel.require().unlock(locked, space.pageSize());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void mustGiveAllChunksBackAtACloseWhenTheKernelDoesNotReleaseSome() {
        AddressSpace space = space(0, Runnable::run);
        Session session = new MmapSession(space);
        List<Chunk> chunks =
                Stream.generate(() -> take(session, MIB, 1)).limit(5).toList();
        long locked = chunks.get(2).memory().address();
        assertThat(Kernel.require().lock(locked, space.pageSize())).isZero();
        session.close();
        session.close();
        chunks.forEach(Chunk::close);
        space.checkInvariants();

        try (Session other = new MmapSession(space)) {
            Chunk[] again = Stream.generate(() -> take(other, MIB, 1)).limit(5).toArray(Chunk[]::new);
            mustBeApart(again);
            assertThat(Stream.of(again).map(chunk -> chunk.memory().address()))
                    .containsExactlyInAnyOrderElementsOf(chunks.stream()
                            .map(chunk -> chunk.memory().address())
                            .toList());
        }
        Kernel.require().unlock(locked, space.pageSize());
    }

    private static void mustBeApart(Chunk... chunks) {
        for (Chunk one : chunks) {
            for (Chunk other : chunks) {
                assertThat(one == other
                                || one.memory()
                                        .asOverlappingSlice(other.memory())
                                        .isEmpty())
                        .isTrue();
            }
        }
    }

    @Test
    void mustEndAReservation() {
        Kernel kernel = Kernel.require();
        for (int i = 0; i < 1000; i++) { // together more than a process can address
            long address = kernel.reserve(1L << 40);
            assertThat(address).isNotZero();
            kernel.unreserve(address, 1L << 40);
        }
    }

    @Test
    void mustJoinKeptMemoryAndFreshMemoryWhereNeitherHasRoomAlone() {
        AddressSpace space = space(1L << 40, Runnable::run);
        long step = 16 * MIB / space.pageSize();
        long all = space.take(step - 1, 1); // leaves one page that was never touched
        space.give(all, step - 1);

        assertThat(space.take(step, 1)).isEqualTo(all);
    }

    @Test
    void mustNotReleaseMuchForARequestWhereThereIsAddressSpace() {
        Queue<Runnable> passes = new ArrayDeque<>();
        AddressSpace space = space(MIB, passes::add);
        long step = 16 * MIB / space.pageSize();
        long all = space.take(step - 1, 1);
        space.give(all, step - 1);

        assertThat(space.take(step, 1)).isNotEqualTo(-1).isNotEqualTo(all);
        assertThat(space.dirtyBytes()).isEqualTo((step - 1) * space.pageSize());
        space.checkInvariants();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void mustHaveMemoryBehindWhatWasTouchedOnly() throws IOException {
        AddressSpace space = space(0, Runnable::run);
        try (Session session = new MmapSession(space)) {
            long before = residentBytes();
            Chunk chunk = take(session, 256 * MIB, 1 << 21);
            assertThat(residentBytes() - before).isLessThan(32 * MIB);

            chunk.memory().asSlice(0, 128 * MIB).fill((byte) 1);
            assertThat(residentBytes() - before).isBetween(96 * MIB, 160 * MIB);

            chunk.close();
            assertThat(residentBytes() - before).isLessThan(32 * MIB);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void mustMakeNothingAccessibleForWhatItRefuses() throws IOException {
        AddressSpace space = space(MIB, Runnable::run);
        long first = space.take(1, 1);
        String mapping = mappingOf(first * space.pageSize());
        assertThat(mapping).contains(" rw-p ");

        assertThat(space.take((1L << 60) / space.pageSize(), 1)).isEqualTo(-1);

        assertThat(mappingOf(first * space.pageSize())).isEqualTo(mapping);
        assertThat(space.take(1, 1)).isEqualTo(first + 1);
        space.checkInvariants();
    }

    /** The kernel's line about what lies at an address: its range, and whether that can be accessed. */
    private static String mappingOf(long address) throws IOException {
        return Files.readString(Path.of("/proc/self/maps"))
                .lines()
                .filter(line -> {
                    int dash = line.indexOf('-');
                    long from = Long.parseUnsignedLong(line, 0, dash, 16);
                    long to = Long.parseUnsignedLong(line, dash + 1, line.indexOf(' '), 16);
                    return Long.compareUnsigned(from, address) <= 0 && Long.compareUnsigned(address, to) < 0;
                })
                .findFirst()
                .orElseThrow();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void mustNeedFewMappingsWhateverIsTaken() throws IOException {
        AddressSpace space = space(0, Runnable::run);
        try (Session session = new MmapSession(space)) {
            long before = mappings();
            List<Chunk> chunks = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                chunks.add(take(session, 64 * 1024, 4096));
            }
            for (int i = 0; i < chunks.size(); i += 2) {
                chunks.get(i).close();
            }
            assertThat(mappings() - before).isLessThan(50);
        }
    }

    private static long residentBytes() throws IOException {
        Matcher matcher =
                Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(Files.readString(Path.of("/proc/self/status")));
        assertThat(matcher.find()).isTrue();
        return Long.parseLong(matcher.group(1)) * 1024;
    }

    private static long mappings() throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).lines().count();
    }
}
