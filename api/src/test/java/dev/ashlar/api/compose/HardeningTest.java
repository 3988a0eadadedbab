package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.example.HardenedProgram;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.compose.Finding.Kind;
import dev.ashlar.api.compose.Hardening.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each level finds, and that the allocator works and counts right afterwards. */
class HardeningTest {

    private static final String ALLOCATED = " It was allocated at com.example.HardenedProgram.allocate(";

    private final CapableAllocator upstream = new CapableAllocator(64 << 20);
    private final List<Finding> findings = new ArrayList<>();
    private final Allocator full = of(Hardening.builder(Level.FULL));
    private final Allocator canaries = of(Hardening.builder(Level.CANARIES));
    private final Allocator sizes = of(Hardening.builder(Level.SIZES));

    private Allocator of(Hardening.Builder hardening) {
        return Allocators.hardening(upstream, hardening.onFinding(findings::add).build());
    }

    @AfterEach
    void everythingMustBeFreed() {
        for (Allocator allocator : List.of(full, canaries, sizes)) {
            assertThat(allocator.stats().liveBlocks()).isZero();
            assertThat(allocator.stats().requestedBytes()).isZero();
            ((HardeningAllocator) allocator).checkInvariants();
            allocator.close();
        }
        assertThat(upstream.stats().liveBlocks()).isZero();
        upstream.close();
    }

    /** A write that a program makes by a wrong address. It changes the byte, whatever its value was. */
    private void write(MemorySegment block, long offset) {
        MemorySegment memory = upstream.holding(block.address());
        long at = block.address() + offset - memory.address();
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) (memory.get(ValueLayout.JAVA_BYTE, at) ^ 'A'));
    }

    private static CorruptedBlockException corrupted(ThrowingCallable free) {
        return assertThatExceptionOfType(CorruptedBlockException.class)
                .isThrownBy(free)
                .actual();
    }

    private static InvalidBlockException invalid(Reason reason, ThrowingCallable free) {
        InvalidBlockException refusal = assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(free)
                .actual();
        assertThat(refusal.reason()).isEqualTo(reason);
        return refusal;
    }

    private static String hex(MemorySegment block) {
        return "0x" + Long.toHexString(block.address());
    }

    @Test
    void mustFindAnOverrunByOneByte() {
        for (long byteSize : new long[] {0, 1, 7, 8, 100, 4095}) {
            MemorySegment block = canaries.allocate(byteSize, 1);
            write(block, byteSize);
            String bytes = corruptedBytes(block, byteSize, 16);
            CorruptedBlockException overrun = corrupted(() -> canaries.free(block));
            assertThat(overrun.finding().kind()).isEqualTo(Kind.OVERRUN);
            assertThat(overrun.finding().offset()).isEqualTo(byteSize);
            assertThat(overrun.finding().address()).isEqualTo(block.address());
            assertThat(overrun.finding().bytes()).isEqualTo(bytes);
            invalid(Reason.FREED_TWICE, () -> canaries.free(block));
        }
    }

    @Test
    void mustFindAnUnderrun() {
        for (long offset : new long[] {-1, -8, -16}) {
            MemorySegment block = canaries.allocate(64, 8);
            write(block, offset);
            String bytes = corruptedBytes(block, offset, (int) -offset);
            Finding finding = corrupted(() -> canaries.free(block)).finding();
            assertThat(finding.kind()).isEqualTo(Kind.UNDERRUN);
            assertThat(finding.offset()).isEqualTo(offset);
            assertThat(finding.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void mustSayInAMessageWhichBlockWasOverrunAndWhereItCameFrom() {
        MemorySegment block = HardenedProgram.allocate(full, 5);
        write(block, 5);
        write(block, 20);
        String bytes = corruptedBytes(block, 5, 16);
        CorruptedBlockException overrun = corrupted(() -> HardenedProgram.free(full, block));
        assertThat(overrun.getMessage())
                .startsWith("Bytes behind the block at " + hex(block)
                        + " were written. The block has 5 bytes. From byte 5 on there are now: " + bytes + "."
                        + ALLOCATED + "HardenedProgram.java:")
                .contains(" It was freed at com.example.HardenedProgram.free(HardenedProgram.java:")
                .endsWith(". Look for a write outside its bounds.");
    }

    private String corruptedBytes(MemorySegment block, long offset, int length) {
        MemorySegment memory = upstream.holding(block.address());
        return Redzone.shown(memory, block.address() + offset - memory.address(), memory.byteSize())
                .substring(0, length * 3 - 1);
    }

    @Test
    void mustSayWithoutSitesHowToGetThem() {
        MemorySegment block = canaries.allocate(64, 8);
        write(block, -16);
        String bytes = corruptedBytes(block, -16, 16);
        assertThat(corrupted(() -> canaries.free(block)))
                .hasMessage("Bytes before the block at " + hex(block)
                        + " were written. The block has 64 bytes. From byte -16 on there are now: " + bytes
                        + ". Look for a write outside its bounds. The hardening level full records sites.");
    }

    @Test
    void mustFindAWriteAfterFreeWhenTheBlockLeavesTheQuarantine() {
        Allocator small = of(Hardening.builder(Level.FULL).quarantineBytes(1000));
        MemorySegment block = HardenedProgram.allocate(small, 100);
        HardenedProgram.free(small, block);
        write(block, 3);
        assertThat(findings).isEmpty();
        for (int i = 0; i < 8; i++) {
            small.free(small.allocate(100, 8));
        }
        assertThat(findings).hasSize(1);
        assertThat(findings.getFirst().message())
                .startsWith("The freed block at " + hex(block)
                        + " was written. The block has 100 bytes. From byte 3 on there are now: 9c dd dd dd dd dd dd dd"
                        + " dd dd dd dd dd dd dd dd." + ALLOCATED + "HardenedProgram.java:")
                .contains(" It was freed at com.example.HardenedProgram.free(HardenedProgram.java:")
                .endsWith(". Look for a user that kept the block.");
        small.trim();
        assertThat(findings).hasSize(1);
    }

    @Test
    void mustFindAWriteAfterFreeAtTrimAtCloseAndOnRequest() {
        Hardened hardened = full.as(Hardened.class).orElseThrow();
        for (long offset : new long[] {0, 99, -1, 100, 115}) {
            MemorySegment block = freedAndWritten(full, offset);
            full.trim();
            assertFoundOnce(block, offset);

            block = freedAndWritten(full, offset);
            findings.addAll(hardened.check());
            assertFoundOnce(block, offset);

            Allocator closing = of(Hardening.builder(Level.FULL));
            block = freedAndWritten(closing, offset);
            closing.close();
            assertFoundOnce(block, offset);
        }
    }

    private MemorySegment freedAndWritten(Allocator allocator, long offset) {
        MemorySegment block = allocator.allocate(100, 8);
        allocator.free(block);
        write(block, offset);
        return block;
    }

    private void assertFoundOnce(MemorySegment block, long offset) {
        assertThat(findings).hasSize(1);
        Finding finding = findings.removeFirst();
        assertThat(finding.kind()).isEqualTo(Kind.WRITE_AFTER_FREE);
        assertThat(finding.address()).isEqualTo(block.address());
        assertThat(finding.offset()).isEqualTo(offset);
    }

    @Test
    void mustFindWhatWasWrittenAroundLiveBlocksOnRequest() {
        for (Allocator allocator : List.of(full, canaries)) {
            MemorySegment block = allocator.allocate(40, 8);
            MemorySegment other = allocator.allocate(40, 8);
            Hardened hardened = allocator.as(Hardened.class).orElseThrow();
            assertThat(hardened.check()).isEmpty();
            write(block, 41);
            assertThat(hardened.check())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.offset()).isEqualTo(41));
            corrupted(() -> allocator.free(block));
            assertThat(hardened.check()).isEmpty();
            allocator.free(other);
        }
    }

    @Test
    void mustPassTheCheckThroughOtherDecorators() {
        Allocator limited = Allocators.limited(canaries, 1 << 20);
        Allocator segregated = Allocators.segregated(100, limited, full);
        MemorySegment small = segregated.allocate(10, 8);
        MemorySegment large = segregated.allocate(1000, 8);
        write(small, -1);
        write(large, 1000);
        assertThat(segregated.as(Hardened.class).orElseThrow().check()).hasSize(2);
        assertThat(limited.as(Hardened.class).orElseThrow().check()).hasSize(1);
        corrupted(() -> segregated.free(small));
        corrupted(() -> segregated.free(large));
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseASliceAndAnotherSize(Level level) {
        Allocator allocator = of(Hardening.builder(level));
        MemorySegment block = allocator.allocate(100, 8);
        assertThat(invalid(Reason.WRONG_SIZE, () -> allocator.free(block.asSlice(0, 60))))
                .message()
                .startsWith("Block at " + hex(block) + " was requested with 100 bytes and is freed with 60."
                        + " Free a block as it was handed out, not a slice.");
        AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
        invalid(Reason.WRONG_SIZE, () -> addresses.freeAddress(block.address(), 101));
        invalid(Reason.WRONG_SIZE, () -> allocator.freeAll(List.of(block.asSlice(0, 99))));
        invalid(Reason.WRONG_SIZE, () -> allocator.resize(block.asSlice(0, 0), 8));
        assertThat(allocator.stats().requestedBytes()).isEqualTo(100);
        assertThat(allocator.stats().invalidFrees()).isEqualTo(4);
        allocator.free(block);
        assertThat(allocator.stats().requestedBytes()).isZero();
        allocator.close();
    }

    @Test
    void mustSayWhereABlockOfAnotherSizeWasAllocated() {
        MemorySegment block = HardenedProgram.allocate(full, 100);
        assertThat(invalid(Reason.WRONG_SIZE, () -> full.free(block.asSlice(0, 60)))
                        .getMessage()
                        .replaceAll("\\(HardenedProgram.*", ""))
                .isEqualTo("Block at " + hex(block) + " was requested with 100 bytes and is freed with 60."
                        + " Free a block as it was handed out, not a slice. The block was allocated at"
                        + " com.example.HardenedProgram.allocate");
        full.free(block);
    }

    @Test
    void mustRefuseADoubleFreeAtOnceAndSayWhereTheFirstWas() {
        MemorySegment block = HardenedProgram.allocate(full, 100);
        HardenedProgram.free(full, block);
        assertThat(invalid(Reason.FREED_TWICE, () -> full.free(block)).getMessage())
                .startsWith("Block at " + hex(block) + " is free: it was freed before. Look for a second owner."
                        + " The block was allocated at com.example.HardenedProgram.allocate(HardenedProgram.java:")
                .contains(", and freed at com.example.HardenedProgram.free(HardenedProgram.java:");
        assertThat(full.stats().invalidFrees()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseAnAddressInsideABlockAndInItsRedzone(Level level) {
        Allocator allocator = of(Hardening.builder(level));
        MemorySegment block = allocator.allocate(100, 8);
        for (long offset : new long[] {1, 8, 99}) {
            assertThat(invalid(Reason.NO_BLOCK_START, () -> allocator.free(block.asSlice(offset))))
                    .message()
                    .startsWith("No block starts at 0x" + Long.toHexString(block.address() + offset) + ": it lies "
                            + offset + " bytes into " + hex(block) + ". Free a block as it was handed out,"
                            + " not a slice.")
                    .doesNotContain("redzone");
        }
        for (long offset : level == Level.SIZES ? new long[0] : new long[] {-16, -1, 100, 115}) {
            long start = offset < 0 ? block.address() - 16 : block.address();
            MemorySegment inRedzone = MemorySegment.ofAddress(block.address() + offset);
            assertThat(invalid(Reason.NO_BLOCK_START, () -> allocator.free(inRedzone)))
                    .message()
                    .contains("it lies " + (block.address() + offset - start) + " bytes into 0x"
                            + Long.toHexString(start) + ".")
                    .contains("The address is in the redzone of the block at " + hex(block) + ".");
        }
        allocator.free(block);
        allocator.close();
    }

    @ParameterizedTest
    @EnumSource
    void mustRefuseABlockOfAnotherAllocator(Level level) {
        Allocator allocator = of(Hardening.builder(level));
        MemorySegment ofUpstream = upstream.allocate(64, 8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment foreign = arena.allocate(64);
            assertThat(invalid(Reason.FOREIGN, () -> allocator.free(foreign)))
                    .hasMessage(InvalidBlockException.foreign(foreign.address()).getMessage());
        }
        invalid(Reason.FOREIGN, () -> allocator.free(MemorySegment.NULL));
        assertThat(invalid(Reason.FOREIGN, () -> allocator.free(ofUpstream)))
                .message()
                .endsWith(" It is live upstream, but was not allocated through this view.");
        upstream.free(ofUpstream);
        allocator.close();
    }

    @Test
    void mustFreeACorruptedBlockAndTheOthersOfItsBatch() {
        List<MemorySegment> batch = canaries.allocateAll(32, 8, 5);
        write(batch.get(1), 32);
        write(batch.get(3), -1);
        CorruptedBlockException first = corrupted(() -> canaries.freeAll(batch));
        assertThat(first.finding().address()).isEqualTo(batch.get(1).address());
        assertThat(first.getSuppressed()).hasSize(1);
        assertThat(canaries.stats().frees()).isEqualTo(5);
        canaries.free(canaries.allocate(32, 8));
    }

    @Test
    void mustKeepABlockThatIsCorruptedWhenItIsResized() {
        MemorySegment block = canaries.allocate(32, 8);
        write(block, 32);
        corrupted(() -> canaries.resize(block, 64));
        assertThat(canaries.stats().liveBlocks()).isEqualTo(1);
        corrupted(() -> canaries.free(block));
    }

    @Test
    void mustFreeNoneOfABatchWithABadBlock() {
        List<MemorySegment> batch = new ArrayList<>(sizes.allocateAll(new long[] {10, 20, 30}, 8));
        List<MemorySegment> narrowed =
                List.of(batch.get(0), batch.get(1), batch.get(2).asSlice(0, 29));
        invalid(Reason.WRONG_SIZE, () -> sizes.freeAll(narrowed));
        assertThat(sizes.stats().liveBlocks()).isEqualTo(3);
        sizes.freeAll(batch);
    }

    /** The block around the address is in the same batch, and upstream knows a large block by its start only. */
    @Test
    void mustSayThatAnAddressIsInsideABlockOfItsOwnBatch() {
        for (long byteSize : new long[] {100, 1 << 19}) {
            MemorySegment block = full.allocate(byteSize, 8);
            MemorySegment inside = block.asSlice(byteSize / 2);
            invalid(Reason.NO_BLOCK_START, () -> full.freeAll(List.of(block, inside)));
            assertThat(full.stats().liveBlocks()).isEqualTo(1);
            full.free(block);
            invalid(Reason.NO_BLOCK_START, () -> full.free(inside)); // it is in quarantine now
        }
    }

    @Test
    void mustPoisonNewAndFreedBlocks() {
        MemorySegment block = full.allocate(1000, 8);
        assertThat(block.toArray(ValueLayout.JAVA_BYTE)).containsOnly(Hardening.ALLOCATED);
        full.free(block);
        assertThat(block.toArray(ValueLayout.JAVA_BYTE)).containsOnly(Hardening.FREED);
    }

    @ParameterizedTest
    @EnumSource
    void mustZeroSecrets(Level level) {
        RegionAllocator region = new RegionAllocator(1 << 20);
        Allocator allocator = Allocators.hardening(
                region,
                Hardening.builder(level).zeroOnFree().onFinding(findings::add).build());
        MemorySegment secret = allocator.allocate(5000, 8).fill((byte) 's');
        MemorySegment moved = allocator.resize(secret, 9000, 8);
        assertThat(moved.get(ValueLayout.JAVA_BYTE, 4999)).isEqualTo((byte) 's');
        allocator.free(moved);
        allocator.trim();
        assertThat(region.at(secret.address(), 5000).toArray(ValueLayout.JAVA_BYTE))
                .containsOnly(0);
        assertThat(region.at(moved.address(), 9000).toArray(ValueLayout.JAVA_BYTE))
                .containsOnly(0);
        assertThat(findings).isEmpty();
        assertThat(region.live).hasValue(0);
    }

    @Test
    void mustKeepTheQuarantineWithinItsBytes() {
        Allocator small = of(Hardening.builder(Level.FULL).quarantineBytes(10_000));
        for (int i = 0; i < 300; i++) {
            small.free(small.allocate(i * 37 % 3000, 8));
            assertThat(upstream.stats().requestedBytes()).isLessThanOrEqualTo(10_000);
            ((HardeningAllocator) small).checkInvariants();
        }
        assertThat(upstream.stats().requestedBytes()).isGreaterThan(5000);
        small.free(small.allocate(10_000, 8)); // larger than the quarantine
        small.trim();
        assertThat(upstream.stats().requestedBytes()).isZero();
        small.close();
    }

    @Test
    void mustEmptyTheQuarantineBeforeARequestIsRefused() {
        Allocator tight = Allocators.hardening(
                Allocators.limited(upstream, 10_000),
                Hardening.builder(Level.FULL).onFinding(findings::add).build());
        MemorySegment block = tight.allocate(9000, 8);
        assertThat(tight.tryAllocate(9000, 8)).isNull();
        tight.free(block);
        MemorySegment again = tight.allocate(9000, 8);
        assertThat(tight.stats().refused()).isEqualTo(1);
        tight.freeAll(List.of(again));
        List<MemorySegment> batch = tight.allocateAll(900, 8, 10);
        tight.freeAll(batch);
        AddressAllocator addresses = tight.as(AddressAllocator.class).orElseThrow();
        addresses.freeAddress(addresses.allocateAddress(9000, 8), 9000);
        tight.close();
    }

    @Test
    void mustTellAClientItsOwnSizesWhenItRefuses() {
        Allocator tight = Allocators.hardening(Allocators.limited(upstream, "cache", 1000), Level.CANARIES);
        assertThat(tight.refusal(990, 8).message())
                .isEqualTo("Cannot allocate 990 bytes (1022 with redzones) under the limit 'cache': 0 of 1000 bytes"
                        + " of blocks are used. Free blocks, or raise the limit.");
        assertThat(tight.refusal(990, 8).requestedBytes()).isEqualTo(990);
        assertThat(tight.tryAllocate(968, 8)).satisfies(block -> tight.free(Objects.requireNonNull(block)));
    }

    @Test
    void mustCountWhatTheClientHas() {
        MemorySegment block = full.allocate(100, 64);
        full.free(full.allocate(50, 8));
        assertThat(full.stats().requestedBytes()).isEqualTo(100);
        assertThat(full.stats().liveBlocks()).isEqualTo(1);
        assertThat(full.stats().allocations()).isEqualTo(2);
        assertThat(full.stats().allocatedBytes()).isEqualTo(100 + 16);
        assertThat(upstream.stats().requestedBytes()).isEqualTo(64 + 100 + 16 + 16 + 50 + 16);
        full.free(block);
    }

    @Test
    void mustFindErrorsOfRawAddresses() {
        AddressAllocator addresses = canaries.as(AddressAllocator.class).orElseThrow();
        long address = addresses.allocateAddress(64, 8);
        MemorySegment block = Objects.requireNonNull(addresses.blockAt(address, 64));
        write(block, 64);
        corrupted(() -> addresses.freeAddress(address, 64));
        invalid(Reason.FREED_TWICE, () -> addresses.freeAddress(address, 64));
    }

    /** The most usual overruns: a terminating zero, and the end of a neighbour that was copied with its redzone. */
    @Test
    void mustFindAnOverrunByZeroAndByTheRedzoneOfAnotherBlock() {
        for (int i = 0; i < 32; i++) {
            MemorySegment zeroed = canaries.allocate(64, 8);
            upstream.holding(zeroed.address()).asSlice(16 + 64, 1).fill((byte) 0);
            assertThat(corrupted(() -> canaries.free(zeroed)).finding().offset())
                    .isEqualTo(64);

            MemorySegment from = canaries.allocate(64, 8);
            MemorySegment to = canaries.allocate(64, 8);
            MemorySegment redzone = upstream.holding(from.address()).asSlice(16 + 64, 16);
            upstream.holding(to.address()).asSlice(16 + 64, 16).copyFrom(redzone);
            assertThat(corrupted(() -> canaries.free(to)).finding().kind()).isEqualTo(Kind.OVERRUN);
            canaries.free(from);
        }
    }

    @Test
    void mustKnowTheBlocksOfRawAddressesWithoutRedzones() {
        AddressAllocator addresses = sizes.as(AddressAllocator.class).orElseThrow();
        long address = addresses.allocateAddress(64, 32);
        assertThat(address % 32).isZero();
        assertThat(addresses.allocator()).isSameAs(sizes);
        assertThat(addresses.isLive(address)).isTrue();
        assertThat(sizes.stats().liveBlocks()).isEqualTo(1);
        invalid(Reason.WRONG_SIZE, () -> addresses.freeAddress(address, 63));
        addresses.freeAddress(address, 64);
        assertThat(addresses.isLive(address)).isFalse();
        invalid(Reason.FREED_TWICE, () -> addresses.freeAddress(address, 64));
        assertThatIllegalArgumentException().isThrownBy(() -> addresses.tryAllocateAddress(-1, 8));
    }

    @Test
    void mustTellWhatIsItsOwnAndWhatABlockTakes() {
        RoundingAllocator rounding = new RoundingAllocator(1 << 20);
        Allocator hardened = Allocators.hardening(rounding, Level.FULL);
        Owner owner = hardened.as(Owner.class).orElseThrow();
        MemorySegment block = hardened.allocate(100, 8);
        assertThat(owner.owns(block.address())).isTrue();
        assertThat(owner.isLive(block.address())).isTrue();
        assertThat(owner.isLive(block.address() - 16)).isFalse();
        assertThat(owner.allocatedSize(block.address())).isEqualTo(128); // 16 + 100 + 16, rounded, less the front
        assertThat(owner.allocatedSize(block.address() - 16)).isEqualTo(InvalidBlockException.UNKNOWN_SIZE);
        assertThat(hardened.goodSize(100, 8)).isEqualTo(112);
        hardened.free(block);
        assertThat(owner.isLive(block.address())).isFalse();
        assertThat(owner.owns(block.address())).as("in quarantine").isTrue();
        assertThat(owner.owns(1)).isFalse();
        assertThat(hardened.trim()).as("what leaves the quarantine").isEqualTo(132);
        assertThat(hardened.isClosed()).isFalse();
        rounding.close();
        assertThat(hardened.isClosed()).isTrue();
    }

    @Test
    void mustWalkOverTheBlocksOfTheClient() {
        MemorySegment block = full.allocate(100, 64);
        full.free(full.allocate(50, 8)); // in quarantine, and not the client's any more
        MemorySegment foreign = upstream.allocate(30, 8);
        Map<Long, Long> live = new HashMap<>();
        full.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {
            @Override
            public void live(long address, long byteSize) {
                live.put(address, byteSize);
            }
        });
        assertThat(live).containsOnly(Map.entry(block.address(), 116L), Map.entry(foreign.address(), 30L));
        full.free(block);
        upstream.free(foreign);
    }

    @Test
    void mustShareBlocksWithConfinedViews() {
        try (Allocator view = full.as(Confinable.class).orElseThrow().confined()) {
            MemorySegment block = view.allocate(64, 8);
            MemorySegment own = full.allocate(64, 8);
            write(block, 64);
            corrupted(() -> full.free(block));
            view.free(own);
            invalid(Reason.FREED_TWICE, () -> full.free(own));
            write(own, 0);
            view.trim();
            assertFoundOnce(own, 0);
        }
    }

    @Test
    void mustGuardSomeBlocksAtACheapLevel() {
        Allocator guarding = of(Hardening.builder(Level.SIZES).guardEvery(1));
        MemorySegment block = HardenedProgram.allocate(guarding, 100);
        write(block, 4000);
        assertThat(corrupted(() -> HardenedProgram.free(guarding, block)).getMessage())
                .contains(ALLOCATED);
        MemorySegment freed = freedAndWritten(guarding, 50);
        guarding.trim();
        assertFoundOnce(freed, 50);
        guarding.close();
    }

    @Test
    void mustServeWithoutAGuardWhereThereIsNoRoomForOne() {
        Allocator guarding = Allocators.hardening(
                Allocators.limited(upstream, 5000),
                Hardening.builder(Level.SIZES).guardEvery(1).build());
        MemorySegment block = guarding.allocate(5000, 8);
        assertThat(guarding.stats().refused()).isZero();
        guarding.free(block);
    }

    @Test
    void mustTakeFreesAfterCloseAndQuarantineNothing() {
        Allocator closing = of(Hardening.builder(Level.FULL));
        MemorySegment block = closing.allocate(64, 8);
        MemorySegment corrupt = closing.allocate(64, 8);
        closing.close();
        assertThatIllegalStateException().isThrownBy(() -> closing.allocate(8, 8));
        assertThatIllegalStateException()
                .isThrownBy(() -> closing.as(Hardened.class).orElseThrow().check());
        closing.free(block);
        write(corrupt, 64);
        corrupted(() -> closing.free(corrupt));
        assertThat(upstream.stats().liveBlocks()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void mustForgetABlockWhoseAddressUpstreamHandsOutAgain(Level level) {
        RegionAllocator region = new RegionAllocator(1 << 20);
        Allocator allocator = Allocators.hardening(region, level);
        MemorySegment old = allocator.allocate(64, 8);
        region.reset();
        MemorySegment again = allocator.allocate(80, 8);
        assertThat(again.address()).isEqualTo(old.address());
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        assertThat(allocator.stats().requestedBytes()).isEqualTo(80);
        allocator.free(again);
        invalid(Reason.FREED_TWICE, () -> allocator.free(again));
        ((HardeningAllocator) allocator).checkInvariants();
    }

    @Test
    void mustCloseWhatItOwnsAfterACheckOfTheQuarantine() {
        CapableAllocator owned = new CapableAllocator(1 << 20);
        Allocator owning =
                Hardening.builder(Level.FULL).onFinding(findings::add).build().owning(owned);
        MemorySegment block = owning.allocate(64, 8);
        owning.free(block);
        owned.holding(block.address()).set(ValueLayout.JAVA_BYTE, 16, (byte) 'A');
        owning.close();
        assertThat(owned.isClosed()).isTrue();
        assertThat(owning.isClosed()).isTrue();
        assertFoundOnce(block, 0);
        owning.close();
        assertThatIllegalStateException().isThrownBy(() -> owning.free(block));
    }

    @Test
    void mustNotFailBecauseOfAReceiverThatThrows() {
        Allocator allocator = Allocators.hardening(
                upstream,
                Hardening.builder(Level.FULL)
                        .onFinding(finding -> {
                            throw new IllegalStateException("a receiver with an error");
                        })
                        .build());
        freedAndWritten(allocator, 1);
        assertThatCode(allocator::trim).doesNotThrowAnyException();
        allocator.close();
    }

    @Test
    void mustPassOnTheCapabilitiesOfUpstream() {
        assertThat(full.as(Owner.class)).isPresent();
        assertThat(full.as(Limit.class)).isEmpty();
        assertThat(full.as(Resettable.class)).isEmpty();
        Allocator bare = Allocators.hardening(new RegionAllocator(1000), Level.FULL);
        assertThat(bare.as(Owner.class)).isEmpty();
        assertThat(bare.as(AddressAllocator.class)).isEmpty();
        bare.close();
    }

    @Test
    void mustNameTheAllowedValuesOfSettings() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Level.of("FULL"))
                .withMessage("The level is 'FULL', must be one of sizes, canaries, full");
        assertThat(Level.of("full")).isEqualTo(Level.FULL);
        Hardening.Builder builder = Hardening.builder(Level.CANARIES);
        for (int bytes : new int[] {0, 4, 12, 8192, -8}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.redzoneBytes(bytes))
                    .withMessage("redzoneBytes is " + bytes + ", must be a power of two from 8 to 4096");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.quarantineBytes(-1))
                .withMessage("quarantineBytes is -1, must be 0 or more");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.guardEvery(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.siteFrames(0));
        assertThat(builder.redzoneBytes(32).build())
                .hasToString("Hardening[level=canaries, redzoneBytes=32, quarantineBytes=1048576, zeroOnFree=false,"
                        + " guardEvery=0, siteFrames=8]");
    }
}
