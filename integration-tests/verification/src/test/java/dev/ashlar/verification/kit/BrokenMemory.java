package dev.ashlar.verification.kit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Allocators that hold more memory than {@link dev.ashlar.testkit.MemoryBounds} allow, each for another reason.
 */
final class BrokenMemory {

    private static final long PAGE = 4096;

    private BrokenMemory() {}

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.of(
                        "rounds every block up to a power of two",
                        config -> new Rounding(config.limitBytes()),
                        "rule11_mustHoldLittleMoreThanATableOfOneThread",
                        "rule11_mustHoldLittleMoreThanATableOfTwoThreads",
                        "rule11_mustHoldLittleMoreThanATableOfSixThreads",
                        "rule11_mustHoldLittleMoreThanATableOfVirtualThreads",
                        "rule11_mustHoldLittleMoreThanATableOfLargeBlocks",
                        "rule11_mustUseAgainWhatAnotherThreadFreed",
                        "rule11_mustUseAgainWhatOneThreadFreedForMany"),
                Fault.of(
                        "keeps what a thread freed for that thread",
                        config -> new PerThread(config.limitBytes()),
                        "rule11_mustUseAgainWhatAnotherThreadFreed",
                        "rule11_mustUseAgainWhatOneThreadFreedForMany",
                        "rule11_mustRetainLittleForThreadsThatUsedEverySizeOnce",
                        "rule11_mustHoldLittleMoreThanATableOfLargeBlocks",
                        "rule08_mustReturnWhatAnIdleThreadAndOthersFreed",
                        "rule08_mustReturnWhatAnEndedThreadAndOthersFreed",
                        "rule06_mustRefuseNothingThatAnotherThreadFreed",
                        "rule06_mustRefuseNothingThatOneThreadFreedForMany",
                        "rule06_mustRefuseNoThreadThatUsesEverySizeOnce",
                        "rule06_mustRefuseNothingOfATableOfLargeBlocks"),
                Fault.of(
                        "trims only what the thread has that trims",
                        config -> new PerThread(config.limitBytes()) {
                            @Override
                            void giveBackIdle() {
                                own().forEach((byteSize, count) -> commit(-byteSize * count));
                                own().clear();
                            }
                        },
                        "rule11_mustRetainLittleForThreadsThatUsedEverySizeOnce",
                        "rule08_mustReturnWhatAnIdleThreadAndOthersFreed",
                        "rule08_mustReturnWhatAnEndedThreadAndOthersFreed"),
                Fault.of(
                        "lets the thread that keeps house have what ended threads freed",
                        config -> new KeepingHouse(config.limitBytes()),
                        "rule08_mustReturnWhatAnEndedThreadAndOthersFreedWhenItKeptHouseMeanwhile"),
                Fault.of(
                        "takes a page for each size that a thread uses",
                        config -> new PagePerSize(config.limitBytes()),
                        "rule11_mustRetainLittleForThreadsThatUsedEverySizeOnce",
                        "rule06_mustRefuseNoThreadThatUsesEverySizeOnce"),
                Fault.of(
                        "takes a page for every block below one",
                        config -> new PaperAllocator(config.limitBytes()) {
                            @Override
                            boolean take(long byteSize) {
                                return commit(Math.max(PAGE, byteSize));
                            }

                            @Override
                            void giveBack(long byteSize) {
                                commit(-Math.max(PAGE, byteSize));
                            }
                        },
                        "rule11_mustHoldABoundedMultipleAfterPhasesOfSizes",
                        "rule11_mustHoldLittleMoreThanBlocksOfVeryManySizes",
                        "rule06_mustRefuseNothingOfVeryManySizes",
                        "rule06_mustRefuseNothingOfATableOfOneThread"),
                Fault.of(
                        "takes twice what threads keep",
                        config -> new PaperAllocator(config.limitBytes()) {
                            @Override
                            boolean take(long byteSize) {
                                return commit(2 * byteSize);
                            }

                            @Override
                            void giveBack(long byteSize) {
                                commit(-2 * byteSize);
                            }
                        },
                        "rule11_mustHoldLittleMoreThanThreadsKeep",
                        "rule06_mustRefuseNothingThatThreadsKeep",
                        "rule06_mustRefuseNothingOfATableOfTwoThreads",
                        "rule06_mustRefuseNothingOfATableOfSixThreads",
                        "rule06_mustRefuseNothingOfATableOfVirtualThreads"),
                Fault.of(
                        "never uses the memory of one size for another",
                        config -> new PerSize(config.limitBytes()),
                        "rule11_mustHoldABoundedMultipleAfterPhasesOfSizes",
                        "rule06_mustRefuseNothingAfterAnIdleThreadAndOthersFreed"),
                Fault.of(
                        "keeps an object for every so many blocks that it gave back",
                        config -> new PaperAllocator(config.limitBytes()) {
                            private final List<Object> dead = new ArrayList<>();
                            private long frees;

                            @Override
                            void giveBack(long byteSize) {
                                super.giveBack(byteSize);
                                frees++;
                                if (frees % 61 == 0) { // there are about as many slabs in each round
                                    dead.add(new long[4]);
                                }
                            }
                        },
                        "rule11_mustKeepNothingOnTheHeapOfMemoryThatWentBack"),
                Fault.of(
                        "counts bookkeeping of what it gave back",
                        config -> new PaperAllocator(config.limitBytes()) {
                            @Override
                            void giveBack(long byteSize) {
                                super.giveBack(byteSize);
                                account(1);
                            }
                        },
                        "rule11_mustNotTellOfMoreBookkeepingTheLongerItRuns"));
    }

    /** Has slots of powers of two. */
    private static final class Rounding extends PaperAllocator {
        Rounding(long limitBytes) {
            super(limitBytes);
        }

        private static long rounded(long byteSize) {
            return Long.highestOneBit(Math.max(1, byteSize - 1)) * 2;
        }

        @Override
        boolean take(long byteSize) {
            return commit(rounded(byteSize));
        }

        @Override
        void giveBack(long byteSize) {
            commit(-rounded(byteSize));
        }
    }

    /** Keeps freed blocks by thread and size. */
    static class PerThread extends PaperAllocator {
        final Map<Thread, Map<Long, Integer>> idle = new LinkedHashMap<>(); // also of threads that ended

        PerThread(long limitBytes) {
            super(limitBytes);
        }

        Map<Long, Integer> own() {
            return idle.computeIfAbsent(Thread.currentThread(), thread -> new HashMap<>());
        }

        @Override
        boolean take(long byteSize) {
            Integer count = own().remove(byteSize);
            if (count != null && count > 1) {
                own().put(byteSize, count - 1);
            }
            return count != null || commit(byteSize);
        }

        @Override
        void giveBack(long byteSize) {
            own().merge(byteSize, 1, Integer::sum);
        }
    }

    /** Keeps freed blocks by thread and size, and trims only those of other threads than the housekeeping one. */
    static final class KeepingHouse extends PerThread {
        private @Nullable Thread house;

        KeepingHouse(long limitBytes) {
            super(limitBytes);
        }

        /** Takes over the blocks that ended threads freed. */
        synchronized void keepHouse() {
            house = Thread.currentThread();
            Map<Long, Integer> mine = own();
            idle.forEach((thread, blocks) -> {
                if (!thread.isAlive()) {
                    blocks.forEach((byteSize, count) -> mine.merge(byteSize, count, Integer::sum));
                    blocks.clear();
                }
            });
        }

        @Override
        void giveBackIdle() {
            idle.forEach((thread, blocks) -> {
                if (thread != house) {
                    blocks.forEach((byteSize, count) -> commit(-byteSize * count));
                    blocks.clear();
                }
            });
        }
    }

    /** Takes a page for each size and thread, and returns none of them. */
    private static final class PagePerSize extends PaperAllocator {
        private final Map<Thread, Set<Long>> used = new WeakHashMap<>();

        PagePerSize(long limitBytes) {
            super(limitBytes);
        }

        @Override
        boolean take(long byteSize) {
            boolean isNew = used.computeIfAbsent(Thread.currentThread(), thread -> new HashSet<>())
                    .add(byteSize);
            return commit(byteSize + (isNew ? PAGE : 0));
        }
    }

    /** Keeps freed blocks by size, for every thread. */
    private static final class PerSize extends PaperAllocator {
        private final Map<Long, Integer> idle = new HashMap<>();

        PerSize(long limitBytes) {
            super(limitBytes);
        }

        @Override
        boolean take(long byteSize) {
            Integer count = idle.remove(byteSize);
            if (count != null && count > 1) {
                idle.put(byteSize, count - 1);
            }
            return count != null || commit(byteSize);
        }

        @Override
        void giveBack(long byteSize) {
            idle.merge(byteSize, 1, Integer::sum);
        }
    }
}
