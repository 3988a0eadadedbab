package dev.ashlar.verification.kit;

import dev.ashlar.api.AllocationHints;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Allocators that break rules 1 to 3. */
final class BrokenBlocks {

    private BrokenBlocks() {}

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.of(
                        "hands out a part of a live block",
                        config -> new HonestAllocator(config) {
                            private MemorySegment last = MemorySegment.NULL;

                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                if (byteAlignment <= 8 && byteSize > 0 && byteSize < last.byteSize() - 64) {
                                    return last.asSlice(64, byteSize);
                                }
                                last = super.tryAllocate(byteSize, byteAlignment);
                                return last;
                            }
                        },
                        "rule01_mustNotHandOutOverlappingBlocks",
                        "rule01_mustNotHandOutOverlappingBlocksToManyThreads"),
                Fault.of(
                        "gives every block of one size the same memory",
                        config -> new HonestAllocator(config) {
                            private final MemorySegment shared = Arena.ofAuto().allocate(64);

                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return byteSize == 64 ? shared : super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule01_mustServeAsManySmallBlocksAsAskedFor",
                        "rule01_mustServeEverySizeAtEveryAlignment"),
                Fault.of(
                        "aligns to 64 at most",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return super.tryAllocate(
                                        byteSize, byteAlignment > 4096 ? byteAlignment : Math.min(64, byteAlignment));
                            }
                        },
                        "rule01_mustServeEverySizeAtEveryAlignment"),
                Fault.of(
                        "rounds the size of the block itself up",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return super.tryAllocate((byteSize + 7) & -8, byteAlignment);
                            }
                        },
                        "rule01_mustServeEverySizeAtEveryAlignment"),
                Fault.of(
                        "serves less than the largest block that it declares",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return super.tryAllocate(
                                        byteSize == LARGEST_BLOCK ? Long.MAX_VALUE : byteSize, byteAlignment);
                            }
                        },
                        "rule01_mustServeEverySizeAtEveryAlignment"),
                Fault.of(
                        "serves more than the largest block that it declares",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return byteSize > LARGEST_BLOCK && byteSize < 1 << 20
                                        ? Arena.ofAuto().allocate(byteSize, byteAlignment)
                                        : super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule01_mustRefuseOrPassOnWhatIsBeyondItsLargestBlock"),
                Fault.of(
                        "wraps around when sizes are huge",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return super.tryAllocate(byteSize > 1L << 40 ? 16 : byteSize, byteAlignment);
                            }
                        },
                        "rule01_mustRefuseSizesThatNoMachineHas"),
                Fault.of(
                        "loses contents when it resizes",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
                                MemorySegment resized = allocate(byteSize, byteAlignment);
                                free(block);
                                return resized;
                            }
                        },
                        "rule01_mustKeepContentsWhenItResizes"),
                Fault.of(
                        "links freed blocks through live ones",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void free(MemorySegment block) {
                                super.free(block);
                                synchronized (this) {
                                    if (!live.isEmpty()
                                            && live.lastEntry()
                                                            .getValue()
                                                            .memory()
                                                            .byteSize()
                                                    >= 8) {
                                        live.lastEntry().getValue().memory().set(ValueLayout.JAVA_LONG_UNALIGNED, 0, 1);
                                    }
                                }
                            }
                        },
                        "rule01_mustNotHandOutOverlappingBlocks",
                        "rule03_mustLeaveTheContentsOfLiveBlocksAlone"),
                Fault.of(
                        "gives all blocks of no bytes one address",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return byteSize == 0
                                        ? MemorySegment.ofAddress(1 << 20)
                                        : super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule02_mustGiveBlocksOfNoBytesAddressesOfTheirOwn"),
                Fault.of(
                        "refuses blocks of no bytes",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return byteSize == 0 ? null : super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule02_mustGiveBlocksOfNoBytesAddressesOfTheirOwn"),
                Fault.of(
                        "treats negative sizes as too large",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return byteSize < 0 ? null : super.tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule02_mustRefuseNegativeSizes"),
                Fault.of(
                        "rounds alignments up to a power of two",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                return super.tryAllocate(byteSize, byteAlignment == 24 ? 32 : byteAlignment);
                            }
                        },
                        "rule02_mustRefuseAlignmentsThatAreNoPowerOfTwo"),
                Fault.of(
                        "does not name the value that it refuses",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment allocate(long byteSize, long byteAlignment) {
                                if (byteSize < 0 || Long.bitCount(byteAlignment) != 1) {
                                    throw new IllegalArgumentException("bad request");
                                }
                                return super.allocate(byteSize, byteAlignment);
                            }
                        },
                        "rule02_mustRefuseNegativeSizes",
                        "rule02_mustRefuseAlignmentsThatAreNoPowerOfTwo"),
                Fault.of(
                        "begins a batch before it has looked at all sizes",
                        config -> new HonestAllocator(config) {
                            @Override
                            public List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                List<MemorySegment> blocks = new ArrayList<>();
                                for (long byteSize : byteSizes) {
                                    blocks.add(allocate(byteSize, byteAlignment));
                                }
                                return blocks;
                            }
                        },
                        "rule02_mustRefuseNegativeSizes",
                        "rule07_mustServeNoneOfABatchThatPassesTheLimit"),
                Fault.of(
                        "looks whether a batch fits before it has looked at all sizes",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
                                return Arrays.stream(byteSizes).anyMatch(byteSize -> byteSize > LARGEST_BLOCK)
                                        ? null
                                        : super.tryAllocateAll(byteSizes, byteAlignment);
                            }
                        },
                        "rule02_mustRefuseNegativeSizes"),
                Fault.of(
                        "takes the source's memory for zeroed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
                                return allocate(byteSize, byteAlignment);
                            }
                        },
                        "rule03_mustZeroBlocksThatAreAskedForZeroed"),
                Fault.of(
                        "promises more room than a block has",
                        config -> new HonestAllocator(config) {
                            @Override
                            public long goodSize(long byteSize, long byteAlignment) {
                                return Math.min(LARGEST_BLOCK, super.goodSize(byteSize, byteAlignment) + 8);
                            }
                        },
                        "rule01_mustTellASizeThatABlockReallyHasRoomFor"),
                Fault.of(
                        "calls a size good that is less than asked for",
                        config -> new HonestAllocator(config) {
                            @Override
                            public long goodSize(long byteSize, long byteAlignment) {
                                return super.goodSize(byteSize, byteAlignment) & -8;
                            }
                        },
                        "rule01_mustTellASizeThatABlockReallyHasRoomFor"),
                Fault.of(
                        "takes a hint for a demand",
                        config -> new HonestAllocator(config) {
                            @Override
                            public @Nullable MemorySegment tryAllocate(
                                    long byteSize, long byteAlignment, AllocationHints hints) {
                                return hints.access() == AllocationHints.Access.FREQUENT
                                        ? null
                                        : tryAllocate(byteSize, byteAlignment);
                            }
                        },
                        "rule01_mustServeTheSameBlocksWhateverTheHints"));
    }
}
