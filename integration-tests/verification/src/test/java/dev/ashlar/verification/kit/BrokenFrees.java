package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.spi.AllocatorConfig;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Allocators that break rules 4 and 5. */
final class BrokenFrees {

    private BrokenFrees() {}

    /** Ignores frees that are invalid for one of some reasons. */
    private static class Swallowing extends HonestAllocator {
        private final Reason swallowed;
        private final Set<Long> known = ConcurrentHashMap.newKeySet();

        Swallowing(AllocatorConfig config, Reason swallowed) {
            super(config);
            this.swallowed = swallowed;
        }

        @Override
        public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
            MemorySegment block = super.tryAllocate(byteSize, byteAlignment);
            if (block != null) {
                known.add(block.address());
            }
            return block;
        }

        @Override
        public void free(MemorySegment block) {
            try {
                super.free(block);
            } catch (InvalidBlockException e) {
                boolean wasFreed = e.reason() == Reason.FOREIGN && known.contains(block.address());
                if ((wasFreed ? Reason.FREED_TWICE : e.reason()) != swallowed) {
                    throw e;
                }
            }
        }
    }

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.of(
                        "swallows double frees",
                        config -> new Swallowing(config, Reason.FREED_TWICE),
                        "rule04_mustRefuseABlockFreedTwice",
                        "rule04_mustRefuseEveryBlockASecondTimeAfterEverythingIsFreed",
                        "rule05_mustLetOneThreadAtATimeFreeABlock"),
                Fault.of(
                        "swallows frees of addresses inside a block",
                        config -> new Swallowing(config, Reason.NO_BLOCK_START),
                        "rule04_mustRefuseAnAddressInsideABlock",
                        "rule04_mustRefuseEveryAddressOfItsMemoryWhereNoBlockIsLive",
                        "rule07_mustFreeNoneOfABatchWithABadBlock"),
                Fault.of(
                        "swallows frees of foreign memory",
                        config -> new Swallowing(config, Reason.FOREIGN),
                        "rule04_mustRefuseMemoryOfOthers",
                        "rule07_mustFreeNoneOfABatchWithABadBlock"),
                Fault.of(
                        "frees the block around an address inside it",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                MemorySegment whole = block;
                                synchronized (this) {
                                    var below = live.floorEntry(block.address());
                                    if (below != null
                                            && below.getValue().memory().byteSize()
                                                    > block.address() - below.getKey()) {
                                        whole = below.getValue().memory().asSlice(0, block.byteSize());
                                    }
                                }
                                super.free(whole);
                            }
                        },
                        "rule04_mustRefuseAnAddressInsideABlock"),
                Fault.of(
                        "believes what a client says of a block's size",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                long allocated = allocatedSize(block);
                                boolean tooLong = allocated >= 0 && block.byteSize() > allocated;
                                super.free(tooLong ? block.asSlice(0, allocated) : block);
                            }
                        },
                        "rule04_mustRefuseASizeThatABlockCannotHave"),
                Fault.of(
                        "resizes a block whose size is a few bytes too large",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable MemorySegment tryResize(
                                    MemorySegment block, long byteSize, long byteAlignment) {
                                long allocated = allocatedSize(block);
                                boolean isALittleTooLong =
                                        block.byteSize() > allocated && block.byteSize() <= allocated + 8;
                                return super.tryResize(
                                        isLive(block) && isALittleTooLong ? block.asSlice(0, allocated) : block,
                                        byteSize,
                                        byteAlignment);
                            }
                        },
                        "rule04_mustRefuseASizeThatEndsBehindTheMemoryOfTheBlock"),
                Fault.of(
                        "does not know what its blocks take",
                        config -> new HonestAllocator(config) {
                            @Override
                            public long allocatedSize(MemorySegment block) {
                                return block.byteSize();
                            }
                        },
                        "owner_mustKnowWhatItsBlocksTakeWhateverTheSegmentSays"),
                Fault.of(
                        "does not count a block that is in a batch twice",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void freeAll(Collection<MemorySegment> blocks) {
                                MemorySegment twice = Allocator.listedTwice(blocks);
                                if (twice != null) {
                                    throw InvalidBlockException.freedTwice(twice.address(), twice.byteSize());
                                }
                                super.freeAll(blocks);
                            }
                        },
                        "rule07_mustFreeNoneOfABatchWithABadBlock"),
                Fault.of(
                        "calls every invalid free foreign",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                try {
                                    super.free(block);
                                } catch (InvalidBlockException e) {
                                    throw InvalidBlockException.foreign(block.address());
                                }
                            }
                        },
                        "rule04_mustRefuseAnAddressInsideABlock"),
                Fault.of(
                        "keeps a freed block in quarantine and forgets that it was freed",
                        config -> new HonestAllocator(config) {
                            private final Map<Long, MemorySegment> quarantine = new ConcurrentHashMap<>();

                            @Override
                            public void free(MemorySegment block) {
                                if (!isLive(block)) {
                                    super.free(block);
                                }
                                quarantine.put(block.address(), block);
                            }
                        },
                        "rule04_mustRefuseABlockFreedTwice",
                        "rule10_mustEqualAWalkOverTheLiveBlocksDuringAChurn"),
                Fault.of(
                        "does not count invalid frees",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                if (!isLive(block)) {
                                    throw InvalidBlockException.foreign(block.address());
                                }
                                super.free(block);
                            }
                        },
                        "rule04_mustRefuseMemoryOfOthers"),
                Fault.of(
                        "throws something else for an invalid free",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                try {
                                    super.free(block);
                                } catch (InvalidBlockException e) {
                                    throw new IndexOutOfBoundsException(e.getMessage());
                                }
                            }
                        },
                        "rule04_mustRefuseABlockFreedTwice",
                        "rule04_mustRefuseMemoryOfOthers"),
                Fault.of(
                        "resizes a block that was freed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable MemorySegment tryResize(
                                    MemorySegment block, long byteSize, long byteAlignment) {
                                return isLive(block)
                                        ? super.tryResize(block, byteSize, byteAlignment)
                                        : allocate(byteSize, byteAlignment);
                            }
                        },
                        "rule04_mustRefuseToResizeABlockFreedBefore"),
                Fault.of(
                        "refuses frees by threads that did not allocate",
                        config -> new HonestAllocator(config) {
                            private final Map<Long, Thread> owners = new ConcurrentHashMap<>();

                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                MemorySegment block = super.tryAllocate(byteSize, byteAlignment);
                                if (block != null) {
                                    owners.put(block.address(), Thread.currentThread());
                                }
                                return block;
                            }

                            @Override
                            public void free(MemorySegment block) {
                                if (isLive(block) && !Thread.currentThread().equals(owners.get(block.address()))) {
                                    throw new WrongThreadException();
                                }
                                super.free(block);
                            }
                        },
                        "rule05_mustLetAnyThreadFreeOrRefuseAllOthers",
                        "rule05_mustLetAnyThreadFreeTheBlocksOfAnEndedThread",
                        "rule05_mustServeAProducerWhoseBlocksAConsumerFrees"),
                Fault.of(
                        "puts remote frees into a queue that it never empties",
                        config -> new HonestAllocator(config) {
                            private final Thread owner = Thread.currentThread();
                            private final Queue<MemorySegment> remote = new ArrayDeque<>();

                            @Override
                            public synchronized void free(MemorySegment block) {
                                if (isLive(block) && !Thread.currentThread().equals(owner)) {
                                    remote.add(block);
                                } else {
                                    super.free(block);
                                }
                            }
                        },
                        "rule05_mustServeAProducerWhoseBlocksAConsumerFrees",
                        "rule05_mustLetAnyThreadFreeOrRefuseAllOthers"),
                Fault.of(
                        "looks whether a block is live before it frees it, in two steps",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                boolean wasLive = isLive(block);
                                LockSupport.parkNanos(50_000);
                                if (!wasLive) {
                                    super.free(block);
                                    return;
                                }
                                try {
                                    super.free(block);
                                } catch (InvalidBlockException e) {
                                    // another thread was faster
                                }
                            }
                        },
                        "rule05_mustLetOneThreadAtATimeFreeABlock"),
                Fault.of(
                        "frees the good blocks of a batch before it meets the bad one",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void freeAll(Collection<MemorySegment> blocks) {
                                blocks.forEach(this::free);
                            }
                        },
                        "rule07_mustFreeNoneOfABatchWithABadBlock"),
                Fault.of(
                                "claims to be confined and is not",
                                HonestAllocator::new,
                                "rule05_mustLetAnyThreadFreeOrRefuseAllOthers")
                        .withLimits(new ConfinedViewTest().limits()));
    }
}
