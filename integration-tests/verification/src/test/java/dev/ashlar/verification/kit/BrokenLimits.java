package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.FaultySource.TakeFailure;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Allocators that break rules 6 to 8, 11 and 12: limits, memory that is not returned, threads that wait for each other.
 */
final class BrokenLimits {

    private BrokenLimits() {}

    static Stream<Fault> faults() {
        return Stream.concat(memoryFaults(), leavings());
    }

    /** A refused request changes no figure but that of the refusals, and that by one. */
    private static Stream<Fault> leavings() {
        return Stream.of(
                        "requestedBytes",
                        "allocatedBytes",
                        "committedBytes",
                        "liveBlocks",
                        "allocations",
                        "misses",
                        "refused",
                        "invalidFrees")
                .map(figure -> Fault.of(
                        "counts a refused request among the " + figure,
                        config -> new HonestAllocator(config) {
                            private long counted;

                            @Override
                            public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                MemorySegment block = super.tryAllocate(byteSize, byteAlignment);
                                counted += block == null ? 1 : 0;
                                return block;
                            }

                            @Override
                            public synchronized AllocatorStats stats() {
                                // Less may be committed than before, but then the source has less out.
                                long difference = figure.equals("committedBytes") ? -counted : counted;
                                return BrokenStatistics.with(super.stats(), figure, difference);
                            }
                        },
                        "rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas",
                        "rule06_mustRefuseWhenTheSourceIsDryAndStayAsItWas"));
    }

    private static Stream<Fault> memoryFaults() {
        return Stream.of(
                Fault.of(
                        "keeps what it counted for a take that throws",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                try {
                                    return super.tryAllocate(byteSize, byteAlignment);
                                } catch (TakeFailure e) {
                                    unclaim(-1000);
                                    throw e;
                                }
                            }
                        },
                        "faults_mustLoseNothingWhicheverTakeThrows"),
                Fault.of(
                        "ends the interruption of a thread",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                Thread.interrupted();
                                return super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "faults_mustServeAnInterruptedThreadAndLeaveItInterrupted"),
                Fault.of(
                        "leaks the blocks of a batch that fails in the middle",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                List<MemorySegment> blocks = new ArrayList<>();
                                for (long byteSize : byteSizes) {
                                    MemorySegment block = tryAllocate(byteSize, byteAlignment);
                                    if (block == null) {
                                        blocks.forEach(this::free);
                                        return null;
                                    }
                                    blocks.add(block);
                                }
                                return blocks;
                            }
                        },
                        "faults_mustLoseNothingWhicheverTakeThrows"),
                Fault.of(
                        "forgets a block that it cannot return",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void freeAddress(long address, long byteSize) {
                                try {
                                    super.freeAddress(address, byteSize);
                                } catch (IllegalStateException e) {
                                    live.remove(address);
                                    throw e;
                                }
                            }
                        },
                        "faults_mustReturnLaterWhatAForeignCallUsesDuringATrim"),
                Fault.of(
                        "ignores its limit",
                        config -> new HonestAllocator(config.toBuilder()
                                .limitBytes(AllocationException.NO_LIMIT)
                                .build()),
                        "rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas",
                        "rule07_mustServeNoneOfABatchThatPassesTheLimit"),
                Fault.of(
                        "counts the size of a chunk, and not what it takes",
                        config -> new HonestAllocator(config.toBuilder()
                                .source(new Unpadded(config.source()))
                                .build()),
                        "rule06_mustChurnOnUnderALimit",
                        "rule10_mustEqualAWalkOverTheLiveBlocksDuringAChurn"),
                Fault.of(
                        "ignores its budget",
                        config -> new HonestAllocator(
                                config.toBuilder().budget(null).build()),
                        "rule06_mustShareABudgetWithOtherAllocators",
                        "rule06_mustDischargeItsBudgetWhenItIsClosed"),
                Fault.ofCapable(
                        "asks no listener",
                        config -> new CapableAllocator(config) {
                            @Override
                            @Nullable Limit charge(long bytes) {
                                return limit.tryChargeNow(bytes);
                            }
                        },
                        "limit_mustAskItsListenersBeforeARequestIsRefused",
                        "limit_mustRefuseOnceAndByNameWhatNoListenerMakesRoomFor",
                        "rule06_mustAskTheListenersOfItsBudget"),
                Fault.of(
                        "keeps its budget charged when it is closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void close() {
                                long charged = limit.usedBytes();
                                super.close();
                                limit.chargeAnyway(charged);
                            }
                        },
                        "rule06_mustDischargeItsBudgetWhenItIsClosed"),
                Fault.of(
                        "counts requested bytes where it says that it counts committed ones",
                        config -> new HonestAllocator(config.toBuilder()
                                .source(new Doubling(config.source()))
                                .build()),
                        "rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas",
                        "rule06_mustKeepTheLimitWhenManyThreadsAskAtOnce"),
                Fault.of(
                        "throws from tryAllocate",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                MemorySegment block = super.tryAllocate(byteSize, byteAlignment);
                                if (block == null) {
                                    throw new AllocationException(
                                            Refusal.limitReached(byteSize, 0, config.limitBytes()));
                                }
                                return block;
                            }
                        },
                        "rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas",
                        "rule06_mustRefuseWhenTheSourceIsDryAndStayAsItWas",
                        "rule01_mustRefuseOrPassOnWhatIsBeyondItsLargestBlock"),
                Fault.of(
                        "tells another limit than the one that is set",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized Refusal refusal(long byteSize, long byteAlignment) {
                                return Refusal.limitReached(byteSize, 0, 0);
                            }
                        },
                        "rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas",
                        "rule06_mustRefuseWhenTheSourceIsDryAndStayAsItWas"),
                Fault.of(
                        "counts the question why as a refusal",
                        config -> new HonestAllocator(config) {
                            private long asked;

                            @Override
                            public synchronized Refusal refusal(long byteSize, long byteAlignment) {
                                asked++;
                                return super.refusal(byteSize, byteAlignment);
                            }

                            @Override
                            public synchronized AllocatorStats stats() {
                                return BrokenStatistics.with(super.stats(), "refused", asked);
                            }
                        },
                        "rule06_mustTellWhyItRefusesWithoutAChange",
                        "rule06_mustTellWhatItNeverServes"),
                Fault.of(
                        "takes memory to tell why it refuses",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized Refusal refusal(long byteSize, long byteAlignment) {
                                MemorySegment block = tryAllocate(1, byteAlignment);
                                if (block != null) {
                                    free(block);
                                }
                                return super.refusal(byteSize, byteAlignment);
                            }
                        },
                        "rule06_mustTellThatTheSourceIsDry"),
                Fault.of(
                        "calls what it never serves a matter of the limit",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized Refusal refusal(long byteSize, long byteAlignment) {
                                return Refusal.limitReached(byteSize, 0, config.limitBytes());
                            }
                        },
                        "rule06_mustTellWhatItNeverServes",
                        "rule06_mustTellThatTheSourceIsDry"),
                Fault.of(
                        "throws from tryResize",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
                                MemorySegment resized = super.tryResize(block, byteSize, byteAlignment);
                                if (resized == null) {
                                    throw new AllocationException(refusal(byteSize, byteAlignment));
                                }
                                return resized;
                            }
                        },
                        "rule06_mustSayByNullThatAResizeIsRefused"),
                Fault.of(
                        "frees a block whose resize it refuses",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable MemorySegment tryResize(
                                    MemorySegment block, long byteSize, long byteAlignment) {
                                MemorySegment resized = super.tryResize(block, byteSize, byteAlignment);
                                if (resized == null) {
                                    free(block);
                                }
                                return resized;
                            }
                        },
                        "rule06_mustSayByNullThatAResizeIsRefused",
                        "rule06_mustKeepABlockWhoseResizeIsRefused"),
                Fault.of(
                        "throws from tryAllocateAll, of one block of the batch",
                        config -> new HonestAllocator(config) {
                            @Override
                            public List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                List<MemorySegment> blocks = super.tryAllocateAll(byteSizes, byteAlignment);
                                if (blocks == null) {
                                    throw new AllocationException(refusal(byteSizes[0], byteAlignment));
                                }
                                return blocks;
                            }
                        },
                        "rule07_mustTellTheTotalOfABatchThatIsRefused"),
                Fault.of(
                                "refuses what it says that it passes on",
                                HonestAllocator::new,
                                "rule06_mustServeWhatIsBeyondItsLargestBlockFromTheLimitThatFreedBlocksHold",
                                "rule01_mustRefuseOrPassOnWhatIsBeyondItsLargestBlock")
                        .withLimits(ContractLimits.builder()
                                .capabilities(Owner.class)
                                .beyond(ContractLimits.Beyond.SERVED)
                                .build()),
                Fault.of(
                        "takes memory for a request that it refuses",
                        config -> new HonestAllocator(config) {
                            private long taken;

                            @Override
                            public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                MemorySegment block = super.tryAllocate(byteSize, byteAlignment);
                                if (block == null && config.source().take(1, 1) != null) {
                                    taken++;
                                }
                                return block;
                            }

                            @Override
                            public synchronized AllocatorStats stats() {
                                return BrokenStatistics.with(super.stats(), "committedBytes", taken);
                            }
                        },
                        "rule06_mustRefuseWhatPassesTheLimitAndStayAsItWas"),
                Fault.of(
                        "never uses the memory of freed blocks again",
                        Retaining::new,
                        "rule06_mustServeTheSameRequestAgainAfterAFree",
                        "rule06_mustServeAnyRequestAgainAfterEverythingIsFreed",
                        "rule08_mustReturnAllMemoryWhenEverythingIsFreed",
                        "rule08_mustReturnIdleMemoryBeyondWhatMayBeRetainedWithoutATrim",
                        "rule11_mustRetainNoMoreThanDeclaredForAnIdleThreadWhoseBlocksOthersFreed"),
                Fault.of(
                        "returns what is idle on a trim, with the reserve, and never before",
                        config -> new Retaining(config) {
                            @Override
                            public synchronized long trim() {
                                requireOpen();
                                long before = stats().committedBytes();
                                freed.forEach(super::reallyFree);
                                freed.clear();
                                return before - stats().committedBytes();
                            }
                        },
                        "rule06_mustServeTheSameRequestAgainAfterAFree",
                        "rule08_mustReturnAllButTheReserveWhenEverythingIsFreed",
                        "rule08_mustReturnIdleMemoryBeyondWhatMayBeRetainedWithoutATrim"),
                Fault.of(
                        "counts a block again whose chunk the source cannot take back yet",
                        config -> new MeetingBusyChunks(config) {
                            @Override
                            public synchronized AllocatorStats stats() {
                                return BrokenStatistics.with(super.stats(), "allocations", met);
                            }
                        },
                        "rule08_mustKeepCountOfChunksThatTheSourceCannotTakeBackYet"),
                Fault.of(
                        "does not know its blocks any more once the source could not take a chunk back",
                        config -> new MeetingBusyChunks(config) {
                            @Override
                            public synchronized void freeAddress(long address, long byteSize) {
                                if (met > 0 && stats().allocations() > met) {
                                    throw InvalidBlockException.foreign(address);
                                }
                                super.freeAddress(address, byteSize);
                            }
                        },
                        "rule08_mustKeepCountOfChunksThatTheSourceCannotTakeBackYet"),
                Fault.of(
                        "serves nothing any more once the source could not take a chunk back",
                        config -> new MeetingBusyChunks(config) {
                            @Override
                            public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return met > 0 ? null : super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule06_mustServeFromMemoryThatTheSourceCouldNotTakeBack"),
                Fault.of(
                        "opens a session and does not trim it",
                        config -> {
                            config.source().open();
                            return new HonestAllocator(config);
                        },
                        "rule08_mustTrimTheSessionThroughWhichItTakesItsChunks"),
                Fault.of(
                        "tells a trim's size in blocks",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized long trim() {
                                return super.trim() + 1;
                            }
                        },
                        "rule08_mustReturnAllMemoryWhenEverythingIsFreed"),
                Fault.of(
                        "keeps what it got of a batch that was refused",
                        config -> new HonestAllocator(config) {
                            @Override
                            public List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                for (long byteSize : byteSizes) {
                                    Allocator.requireValid(byteSize, byteAlignment);
                                }
                                List<MemorySegment> blocks = new ArrayList<>();
                                for (long byteSize : byteSizes) {
                                    blocks.add(allocate(byteSize, byteAlignment));
                                }
                                return blocks;
                            }
                        },
                        "rule07_mustServeNoneOfABatchThatPassesTheLimit",
                        "rule07_mustServeNoneOfABatchIfTheSourceRefusesAnyTake"),
                Fault.of(
                        "checks the limit for each block of a batch",
                        config -> new HonestAllocator(config) {
                            @Override
                            public List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                List<MemorySegment> blocks = new ArrayList<>();
                                try {
                                    for (long byteSize : byteSizes) {
                                        blocks.add(allocate(byteSize, byteAlignment));
                                    }
                                } catch (RuntimeException e) {
                                    blocks.forEach(this::free);
                                    throw e;
                                }
                                return blocks;
                            }
                        },
                        "rule07_mustCheckTheLimitForTheWholeBatchBeforeItTakesMemory"),
                Fault.of(
                        "serves the blocks of a batch in another order",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                List<MemorySegment> blocks = super.tryAllocateAll(byteSizes, byteAlignment);
                                return blocks == null ? null : blocks.reversed();
                            }
                        },
                        "rule07_mustServeABatchOfManySizesInTheirOrder"),
                Fault.of(
                        "keeps what a thread freed for that thread",
                        PerThread::new,
                        "rule11_mustStrandNothingOfEndedThreads",
                        "rule11_mustTrimWhatEndedThreadsCached",
                        "rule11_mustNotRetainMemoryForVirtualThreads"),
                Fault.of(
                        "holds its lock while it is upstream",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule12_mustNotWaitForAPlatformThreadThatIsUpstream",
                        "rule12_mustNotWaitForAVirtualThreadThatIsUpstream"));
    }

    /** Does not count the padding that the source adds to chunks. */
    private record Unpadded(MemorySource source) implements MemorySource {
        @Override
        public String name() {
            return source.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            Chunk chunk = source.take(byteSize, byteAlignment);
            return chunk == null ? null : new Part(chunk, chunk.memory());
        }
    }

    /** Takes more than was requested. */
    private record Doubling(MemorySource source) implements MemorySource {
        @Override
        public String name() {
            return source.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            Chunk chunk = source.take(2 * byteSize, byteAlignment);
            return chunk == null ? null : new Part(chunk, chunk.memory().asSlice(0, byteSize));
        }
    }

    /** A chunk that reports fewer bytes than it takes. */
    private record Part(MemorySource.Chunk whole, MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {
            whole.close();
        }
    }

    /** Counts the blocks that it could not free because the source could not take their chunks back. */
    private static class MeetingBusyChunks extends HonestAllocator {
        long met;

        MeetingBusyChunks(AllocatorConfig config) {
            super(config);
        }

        @Override
        public synchronized void freeAddress(long address, long byteSize) {
            try {
                super.freeAddress(address, byteSize);
            } catch (IllegalStateException e) {
                met++;
                throw e;
            }
        }
    }

    /** Forgets freed blocks and keeps their memory. */
    static class Retaining extends HonestAllocator {
        final List<MemorySegment> freed = new ArrayList<>();

        Retaining(AllocatorConfig config) {
            super(config);
        }

        @Override
        public synchronized boolean isLive(long address) {
            return super.isLive(address) && freed.stream().noneMatch(other -> other.address() == address);
        }

        @Override
        public synchronized void free(MemorySegment block) {
            if (isLive(block)) {
                freed.add(block);
            } else {
                super.free(block);
            }
        }

        void reallyFree(MemorySegment block) {
            super.free(block);
        }

        @Override
        public synchronized AllocatorStats stats() {
            AllocatorStats stats = BrokenStatistics.with(super.stats(), "liveBlocks", -freed.size());
            long freedBytes = freed.stream().mapToLong(MemorySegment::byteSize).sum();
            stats = BrokenStatistics.with(stats, "requestedBytes", -freedBytes);
            return BrokenStatistics.with(stats, "allocatedBytes", -stats.allocatedBytes() + stats.requestedBytes());
        }
    }

    /** Keeps freed blocks of 64 bytes and more for the thread that freed them. */
    static final class PerThread extends Retaining {
        private final ThreadLocal<List<MemorySegment>> cached = ThreadLocal.withInitial(ArrayList::new);

        PerThread(AllocatorConfig config) {
            super(config);
        }

        @Override
        public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            List<MemorySegment> own = cached.get();
            if (byteAlignment == 1 && !own.isEmpty() && own.getLast().byteSize() == byteSize) {
                synchronized (this) {
                    freed.remove(own.getLast());
                    return own.removeLast();
                }
            }
            return super.tryAllocate(byteSize, byteAlignment);
        }

        @Override
        public synchronized void free(MemorySegment block) {
            if (isLive(block)) {
                cached.get().add(block);
            }
            super.free(block);
        }
    }
}
