package dev.ashlar.verification.kit;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.support.TryFree;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.ContractLimits;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Allocators with a capability that breaks its promise. */
final class BrokenCapabilities {

    private BrokenCapabilities() {}

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.of(
                        "has capabilities that it does not declare",
                        CapableAllocator::new,
                        "capabilities_mustBeFoundIfAndOnlyIfTheyAreDeclared",
                        "limit_mustTellLimitAndUse"),
                Fault.of(
                                "takes chunks, and is declared to use a library of the process",
                                HonestAllocator::new,
                                "memory_mustNotComeFromTheSourceIfItIsThatOfTheProcess")
                        .withLimits(ContractLimits.builder()
                                .memory(ContractLimits.Memory.OF_THE_PROCESS)
                                .capabilities(Owner.class)
                                .build()),
                Fault.ofCapable(
                        "has not the capabilities that it declares",
                        config -> new CapableAllocator(config) {
                            @Override
                            public <T> Optional<T> as(Class<T> capability) {
                                return Optional.empty();
                            }
                        },
                        "capabilities_mustBeFoundIfAndOnlyIfTheyAreDeclared",
                        "owner_mustKnowItsLiveBlocks"),
                Fault.ofCapable(
                        "forgets the size when an address is freed",
                        config -> new CapableAllocator(config) {
                            @Override
                            public synchronized void freeAddress(long address, long byteSize) {
                                super.freeAddress(address, 0);
                            }
                        },
                        "rule01_mustServeAddressesOfBlocksThatKeepTheRules"),
                Fault.ofCapable(
                        "throws instead of telling that there is no address",
                        config -> new CapableAllocator(config) {
                            @Override
                            public long tryAllocateAddress(long byteSize, long byteAlignment) {
                                return allocateAddress(byteSize, byteAlignment);
                            }
                        },
                        "rule06_mustRefuseAddressesWhenTheSourceIsDry"),
                Fault.ofCapable(
                        "loses contents when it resizes by address",
                        config -> new CapableAllocator(config) {
                            @Override
                            public long tryResizeAddress(
                                    long address, long oldByteSize, long newByteSize, long byteAlignment) {
                                long resized = tryAllocateAddress(newByteSize, byteAlignment);
                                freeAddress(address, oldByteSize);
                                return resized;
                            }
                        },
                        "rule01_mustKeepContentsWhenItResizesAddresses",
                        "rule06_mustKeepABlockWhoseResizeByAddressIsRefused"),
                Fault.ofCapable(
                        "finds a block where none is",
                        config -> new CapableAllocator(config) {
                            @Override
                            public synchronized MemorySegment blockAt(long address, long byteSize) {
                                MemorySegment block = super.blockAt(address, byteSize);
                                return block == null ? MemorySegment.NULL : block;
                            }
                        },
                        "rule04_mustKnowLiveAddresses"),
                Fault.ofCapable(
                        "keeps what it got of a batch of addresses that was refused",
                        config -> new CapableAllocator(config) {
                            @Override
                            public boolean tryAllocateAddresses(long byteSize, long byteAlignment, long[] into) {
                                for (int i = 0; i < into.length; i++) {
                                    into[i] = tryAllocateAddress(byteSize, byteAlignment);
                                    if (into[i] == NULL) {
                                        return false;
                                    }
                                }
                                return true;
                            }
                        },
                        "rule07_mustServeNoneOfABatchOfAddressesThatPassesTheLimit"),
                Fault.ofCapable(
                        "frees the good ones of a batch of addresses",
                        config -> new CapableAllocator(config) {
                            @Override
                            public void freeAddresses(long[] addresses, long byteSize) {
                                for (long address : addresses) {
                                    freeAddress(address, byteSize);
                                }
                            }
                        },
                        "rule07_mustFreeNoneOfABatchOfAddressesWithABadOne",
                        "rule04_mustRefuseToResizeABadAddress"),
                Fault.ofCapable(
                        "admits other threads to the addresses of a confined view",
                        config -> new CapableAllocator(config) {
                            @Override
                            public Allocator confined() {
                                requireOpen();
                                CapableAllocator shared = this;
                                return new View(shared) {
                                    @Override
                                    public <T> Optional<T> as(Class<T> capability) {
                                        return capability == AddressAllocator.class
                                                ? shared.as(capability)
                                                : super.as(capability);
                                    }
                                };
                            }
                        },
                        "rule05_mustRefuseOtherThreadsOnAConfinedView"),
                Fault.ofCapable(
                        "takes a foreign block for its own where it is to try",
                        config -> new Trying(config) {
                            @Override
                            public boolean tryFree(long address, long byteSize) {
                                super.tryFree(address, byteSize);
                                return true;
                            }
                        },
                        "tryFree_mustFreeWhatLiesThereAndLeaveEverythingElse"),
                Fault.ofCapable(
                        "leaves a block live that it was to try to free",
                        config -> new Trying(config) {
                            @Override
                            public boolean tryFree(long address, long byteSize) {
                                return owns(address);
                            }
                        },
                        "tryFree_mustFreeWhatLiesThereAndLeaveEverythingElse"),
                Fault.ofCapable(
                        "admits other threads to a confined view",
                        config -> new CapableAllocator(config) {
                            @Override
                            public Allocator confined() {
                                requireOpen();
                                CapableAllocator shared = this;
                                return new View(shared) {
                                    @Override
                                    Allocator shared() {
                                        return shared;
                                    }
                                };
                            }
                        },
                        "rule05_mustRefuseOtherThreadsOnAConfinedView",
                        "rule09_mustKeepBlocksLiveWhenTheirConfinedViewCloses"),
                Fault.ofCapable(
                        "closes itself with its confined view",
                        config -> new CapableAllocator(config) {
                            @Override
                            public Allocator confined() {
                                requireOpen();
                                CapableAllocator shared = this;
                                return new View(shared) {
                                    @Override
                                    public void close() {
                                        shared.close();
                                    }
                                };
                            }
                        },
                        "rule09_mustKeepBlocksLiveWhenTheirConfinedViewCloses"),
                Fault.ofCapable(
                        "passes over a live block in its walk",
                        config -> new CapableAllocator(config) {
                            @Override
                            public synchronized void inspect(Visitor visitor) {
                                requireOpen();
                                live.forEach((address, chunk) -> {
                                    visitor.chunk(address, chunk.memory().byteSize());
                                    if (!address.equals(live.lastKey())) {
                                        visitor.live(address, allocated(chunk));
                                    }
                                });
                            }
                        },
                        "rule10_mustTellInAWalkWhatIsThere"),
                Fault.ofCapable(
                        "tells a free run where a live block lies",
                        config -> new CapableAllocator(config) {
                            @Override
                            public synchronized void inspect(Visitor visitor) {
                                super.inspect(visitor);
                                if (!live.isEmpty()) {
                                    visitor.free(live.firstKey() + 8, 8);
                                }
                            }
                        },
                        "rule10_mustTellInAWalkWhatIsThere"),
                Fault.ofCapable(
                        "owns everything",
                        config -> new CapableAllocator(config) {
                            @Override
                            public boolean owns(long address) {
                                return true;
                            }
                        },
                        "owner_mustDisownForeignMemory",
                        "owner_mustDisownMemoryThatWentBackUpstream"),
                Fault.ofCapable(
                        "takes every address inside a block for live",
                        config -> new CapableAllocator(config) {
                            @Override
                            public synchronized boolean isLive(long address) {
                                var below = live.floorEntry(address);
                                return below != null
                                        && address
                                                < below.getKey()
                                                        + below.getValue()
                                                                .memory()
                                                                .byteSize();
                            }
                        },
                        "owner_mustOwnAddressesInsideBlocksThatAreNotLive"),
                Fault.ofCapable(
                        "takes memory when it is to retain more",
                        config -> new CapableAllocator(config) {
                            @Override
                            public void retain(long bytes) {
                                super.retain(bytes);
                                free(allocate(Math.min(bytes, 4096), 8));
                            }
                        },
                        "retention_mustNotTakeMemoryWhenItGrows"),
                Fault.ofCapable(
                        "keeps a chunk when nothing is to be retained",
                        config -> new CapableAllocator(config) {
                            @Override
                            public void retain(long bytes) {
                                super.retain(bytes);
                                if (bytes == 0) {
                                    config.source().take(4096, 8);
                                }
                            }
                        },
                        "retention_mustGiveBackWhatIsIdleWhenItShrinks"),
                Fault.ofCapable(
                        "keeps the reserve beside memory with live blocks",
                        config -> new CapableAllocator(config) {
                            @Override
                            public synchronized long trim() {
                                long trimmed = super.trim();
                                if (config.reserveBytes() > 0 && stats().liveBlocks() > 0) {
                                    config.source().take(config.reserveBytes(), 8);
                                }
                                return trimmed;
                            }
                        },
                        "rule08_mustCountMemoryWithLiveBlocksTowardsTheReserve"),
                Fault.ofCapable(
                        "accepts a negative number of bytes to retain",
                        config -> new CapableAllocator(config) {
                            @Override
                            public void retain(long bytes) {
                                super.retain(Math.abs(bytes));
                            }
                        },
                        "retention_mustTellWhatIsRetained"),
                Fault.ofCapable(
                        "tells what is used of another limit",
                        config -> new CapableAllocator(config) {
                            private final Limit other = Limit.of("other", config.limitBytes());

                            @Override
                            public <T> Optional<T> as(Class<T> capability) {
                                return capability == Limit.class
                                        ? Optional.of(capability.cast(other))
                                        : super.as(capability);
                            }
                        },
                        "limit_mustTellLimitAndUse",
                        "limit_mustAskItsListenersBeforeARequestIsRefused",
                        "limit_mustRefuseOnceAndByNameWhatNoListenerMakesRoomFor"),
                Fault.ofArena(
                        "keeps the memory that a rewind frees for no one",
                        config -> new HonestArena(config) {
                            @Override
                            public synchronized void rewind(Mark mark) {
                                Mark here = mark();
                                super.rewind(mark);
                                skipTo(here);
                            }
                        },
                        "resettable_mustRewindToAMarkManyTimes"),
                Fault.ofArena(
                        "rewinds to any mark",
                        config -> new HonestArena(config) {
                            @Override
                            public synchronized void rewind(Mark mark) {
                                try {
                                    super.rewind(mark);
                                } catch (IllegalArgumentException e) {
                                    // ignores that the mark is not valid
                                }
                            }
                        },
                        "resettable_mustRefuseMarksThatAreNotValid"),
                Fault.ofArena(
                        "gives back what a reset is to keep up to, to the byte",
                        config -> new HonestArena(config) {
                            @Override
                            public synchronized void reset(ResetMode mode) {
                                super.reset(
                                        mode instanceof ResetMode.KeepUpTo(long byteSize)
                                                ? new ResetMode.KeepUpTo(byteSize - 1)
                                                : mode);
                            }
                        },
                        "resettable_mustKeepWhatTheModeOfTheResetSays"),
                Fault.ofArena(
                        "gives everything back whatever the mode of the reset",
                        config -> new HonestArena(config) {
                            @Override
                            public synchronized void reset(ResetMode mode) {
                                super.reset(new ResetMode.GiveBack());
                            }
                        },
                        "resettable_mustKeepWhatTheModeOfTheResetSays"),
                Fault.ofArena(
                        "frees too little when it rewinds",
                        config -> new HonestArena(config) {
                            @Override
                            public synchronized void rewind(Mark mark) {
                                allocate(1, 1);
                                super.rewind(mark);
                                allocate(1, 1);
                            }
                        },
                        "resettable_mustFreeWhatWasAllocatedSinceAMark"));
    }

    /** Knows a block that was freed as one that was there. */
    private abstract static class Trying extends CapableAllocator implements TryFree {

        private final Set<Long> known = ConcurrentHashMap.newKeySet();

        Trying(AllocatorConfig config) {
            super(config);
        }

        @Override
        public boolean tryFree(long address, long byteSize) {
            if (isLive(address)) {
                known.add(address);
            }
            if (!known.contains(address)) {
                return false;
            }
            freeAddress(address, byteSize);
            return true;
        }
    }
}
