package dev.ashlar.verification.kit;

import dev.ashlar.api.Owner;
import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.testkit.ContractLimits;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.stream.Stream;

/** Allocators that break rule 9. */
final class BrokenClosing {

    private BrokenClosing() {}

    static Stream<Fault> faults() {
        return Stream.of(
                Fault.of(
                        "leaks what is live when it closes",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void close() {
                                live.clear();
                                super.close();
                            }
                        },
                        "rule09_mustEndOrLeaveTheMemoryOfLiveBlocksAsDeclared",
                        "rule09_mustGiveAllMemoryBackOnClose",
                        "rule09_mustLeakNothingWhenClosedWhileOthersWork"),
                Fault.of(
                        "keeps a chunk that it took while it was closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                requireOpen();
                                return config.source()
                                        .take(Math.max(1, byteSize), byteAlignment)
                                        .memory();
                            }
                        },
                        "rule09_mustGiveBackAChunkThatArrivesWhileItCloses"),
                Fault.of(
                        "works on after it was closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            void requireOpen() {}
                        },
                        "rule09_mustRefuseEveryOperationAfterClose"),
                Fault.of(
                        "says that it is open after it was closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized boolean isClosed() {
                                return false;
                            }
                        },
                        "rule09_mustRefuseEveryOperationAfterClose"),
                Fault.of(
                        "takes an empty batch after it was closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void freeAll(Collection<MemorySegment> blocks) {
                                if (!blocks.isEmpty()) {
                                    super.freeAll(blocks);
                                }
                            }
                        },
                        "rule09_mustRefuseEveryOperationAfterClose"),
                Fault.of(
                                "is a view that refuses frees when it is closed",
                                HonestAllocator::new,
                                "rule09_mustTakeFreesOfTheBlocksThatItLeavesLive")
                        .withLimits(ContractLimits.builder()
                                .capabilities(Owner.class)
                                .closing(ContractLimits.Closing.LEAVES_MEMORY)
                                .build()),
                Fault.of(
                        "refuses only allocations after it was closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized long trim() {
                                return 0;
                            }
                        },
                        "rule09_mustRefuseEveryOperationAfterClose"),
                Fault.of(
                        "frees after a close that could not end the memory",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void freeAddress(long address, long byteSize) {
                                try {
                                    super.freeAddress(address, byteSize);
                                } catch (IllegalStateException e) {
                                    if (live.remove(address) == null) {
                                        throw e;
                                    }
                                }
                            }
                        },
                        "rule09_mustRefuseFreesAlsoOfBlocksWhoseMemoryCouldNotBeClosed"),
                Fault.of(
                        "returns null after it was closed",
                        config -> new HonestAllocator(config) {
                            @Override
                            public MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                                try {
                                    return super.tryAllocate(byteSize, byteAlignment);
                                } catch (IllegalStateException e) {
                                    return null;
                                }
                            }
                        },
                        "rule09_mustRefuseEveryOperationAfterClose"),
                Fault.of(
                        "closes while an arena over it is open",
                        config -> new HonestAllocator(config) {
                            @Override
                            public void hold() {}
                        },
                        "rule09_mustStayOpenWhileItIsHeld"),
                Fault.of(
                        "closes nothing after a chunk that is busy",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void close() {
                                live.values().forEach(Chunk::close);
                                live.clear();
                                super.close();
                            }
                        },
                        "rule09_mustCloseAllButTheChunkThatIsBusyAndThatOneWhenClosedAgain"),
                Fault.of(
                        "cannot be closed twice",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void close() {
                                requireOpen();
                                super.close();
                            }
                        },
                        "rule09_mustDoNothingWhenClosedAgain"),
                Fault.of(
                        "gives chunks back twice",
                        config -> new HonestAllocator(config) {
                            @Override
                            public synchronized void close() {
                                if (!live.isEmpty()) {
                                    var chunk = live.firstEntry().getValue();
                                    super.close();
                                    try {
                                        chunk.close();
                                    } catch (IllegalStateException e) {
                                        // and hides the exception of the source
                                    }
                                }
                                super.close();
                            }
                        },
                        "rule09_mustGiveAllMemoryBackOnClose"),
                Fault.of(
                                "owns no memory and ends it all the same",
                                HonestAllocator::new,
                                "rule09_mustEndOrLeaveTheMemoryOfLiveBlocksAsDeclared")
                        .withLimits(new ConfinedViewTest().limits()));
    }
}
