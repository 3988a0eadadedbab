package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.compose.Hardening.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Threads that free and allocate at the same instant. Upstream takes any free. */
class HardeningConcurrencyTest {

    private static final int ROUNDS = 3_000;

    private static void together(int threads, Work work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                done.add(executor.submit(() -> {
                    work.run(number);
                    return null;
                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }
    }

    @FunctionalInterface
    private interface Work {
        void run(int number) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void mustServeExactlyOneOfTwoFreesAtTheSameInstant(Level level) throws Exception {
        RegionAllocator region = new RegionAllocator(16 << 20);
        Allocator allocator = Allocators.hardening(
                region, Hardening.builder(level).quarantineBytes(1000).build());
        List<MemorySegment> blocks = IntStream.range(0, ROUNDS)
                .mapToObj(i -> allocator.allocate(64, 8))
                .toList();
        AtomicInteger refused = new AtomicInteger();
        Phaser start = new Phaser(2);
        together(2, number -> {
            try {
                for (MemorySegment block : blocks) {
                    start.arriveAndAwaitAdvance();
                    try {
                        if (number == 0) {
                            allocator.free(block);
                        } else {
                            allocator.freeAll(List.of(block));
                        }
                    } catch (InvalidBlockException e) {
                        assertThat(e.reason()).isEqualTo(InvalidBlockException.Reason.FREED_TWICE);
                        refused.incrementAndGet();
                    }
                }
            } finally {
                start.arriveAndDeregister();
            }
        });
        assertThat(refused).hasValue(ROUNDS);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.stats().invalidFrees()).isEqualTo(ROUNDS);
        ((HardeningAllocator) allocator).checkInvariants();
        allocator.close();
        assertThat(region.live).hasValue(0);
    }

    @Test
    void mustServeOneOfAFreeAndAResizeAtTheSameInstant() throws Exception {
        RegionAllocator region = new RegionAllocator(16 << 20);
        Allocator allocator = Allocators.hardening(region, Level.CANARIES);
        Phaser start = new Phaser(2);
        AtomicInteger refused = new AtomicInteger();
        MemorySegment[] block = {allocator.allocate(64, 8)};
        together(2, number -> {
            try {
                for (int i = 0; i < ROUNDS; i++) {
                    start.arriveAndAwaitAdvance();
                    try {
                        if (number == 0) {
                            allocator.free(block[0]);
                        } else {
                            allocator.free(allocator.resize(block[0], 80, 8));
                        }
                    } catch (InvalidBlockException e) {
                        refused.incrementAndGet();
                    }
                    start.arriveAndAwaitAdvance();
                    if (number == 0) {
                        block[0] = allocator.allocate(64, 8);
                    }
                }
            } finally {
                start.arriveAndDeregister();
            }
        });
        allocator.free(block[0]);
        assertThat(refused).hasValue(ROUNDS);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(region.live).hasValue(0);
    }

    /** A table that grows, entries that are taken over by other blocks, and checks meanwhile. */
    @ParameterizedTest
    @EnumSource
    void mustKeepItsBooksWhileThreadsWork(Level level) throws Exception {
        RegionAllocator region = new RegionAllocator(64 << 20);
        List<Finding> findings = new ArrayList<>();
        Allocator allocator = Allocators.hardening(
                region, Hardening.builder(level).quarantineBytes(5000).build());
        AtomicInteger working = new AtomicInteger(3);
        together(4, number -> {
            if (number == 3) {
                while (working.get() > 0) {
                    synchronized (findings) {
                        findings.addAll(
                                allocator.as(Hardened.class).orElseThrow().check());
                    }
                    allocator.trim();
                }
                return;
            }
            try {
                List<MemorySegment> window = new ArrayList<>();
                for (int i = 0; i < 20_000; i++) {
                    window.add(allocator.allocate(i % 300, 8).fill((byte) i));
                    if (window.size() > 1500) {
                        allocator.free(window.remove(i * 7 % 1500));
                    }
                }
                allocator.freeAll(window);
            } finally {
                working.decrementAndGet();
            }
        });
        assertThat(findings).isEmpty();
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.stats().allocations()).isEqualTo(60_000);
        ((HardeningAllocator) allocator).checkInvariants();
        allocator.close();
        assertThat(region.live).hasValue(0);
    }
}
