package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Concurrent frees in a region: one free of each block succeeds, and at the end no claimed block is pending, whichever
 * thread was in the region. Lincheck tries interleavings under sequential consistency, so this finds a wrong protocol,
 * but not a memory order that is too weak.
 */
@Param(name = "block", gen = IntGen.class, conf = "0:2")
@Tag("unsafe")
public class RegionModelCheckTest {

    private static final int GRANULE = 4096;
    private static final long REGION = 16 * GRANULE;
    private final RegionLayout layout = RegionLayout.of(new TlsfAlgorithm(), GRANULE, REGION);
    private final RegionSupply supply;
    private final Region region;

    private record Memory(MemorySegment memory) implements MemorySource.Chunk {
        @Override
        public void close() {}
    }

    private record Arrays(String name) implements MemorySource {
        @Override
        public Chunk take(long byteSize, long byteAlignment) {
            return new Memory(MemorySegment.ofArray(new long[(int) byteSize / Long.BYTES]));
        }
    }

    /** A region of 16 granules, of which the first three are blocks. */
    public RegionModelCheckTest() {
        supply = new RegionSupply(layout, new MeteredSource(new Arrays("arrays"), REGION, () -> 0), REGION, 0);
        supply.preallocate(REGION);
        region = supply.list().regions().getFirst();
        for (int block = 0; block < 3; block++) {
            region.tryTake(GRANULE, 1);
        }
    }

    /** Frees a block, and returns whether it was live. */
    @Operation
    public boolean free(@Param(name = "block") int block) {
        return region.free(region.addressOf(block), GRANULE);
    }

    /** Enters and leaves the region, as an allocation does. */
    @Operation
    public void visit() {
        if (region.tryEnter()) {
            region.leave();
        }
    }

    /** Takes a block, where nothing after it depends on which: the tests that name it are the only ones to do so. */
    public void take() {
        supply.list().take(1, GRANULE, 1);
    }

    /** Called when all threads have ended. */
    @Validate
    public void nothingIsLeft() {
        RegionCore core = region.core();
        int live = 0;
        for (int block = core.nextLive(0); block != RegionCore.NONE; block = core.nextLive(block + 1)) {
            live++;
        }
        if (core.blocks() != live || core.used() != live || region.stats().requestedBytes() != (long) live * GRANULE) {
            throw new AssertionError(core.blocks() + " blocks, of which " + live + " are live");
        }
        if (!region.tryEnter()) {
            throw new AssertionError("the region stays busy");
        }
        region.leave();
        core.checkInvariants();
    }

    @Test
    void mustLetOneOfTwoFreesOfABlockSucceed() throws NoSuchMethodException {
        check(400, freeing(0), freeing(0));
    }

    @Test
    void mustReleaseTwoBlocksThatAreFreedAtOnce() throws NoSuchMethodException {
        check(400, freeing(0), freeing(1));
    }

    @Test
    void mustReleaseABlockThatIsFreedWhileSomebodyIsInTheRegion() throws NoSuchMethodException {
        check(400, freeing(0), new Actor(RegionModelCheckTest.class.getMethod("visit"), List.of()));
    }

    @Test
    void mustReleaseABlockThatIsFreedWhileAnotherIsTaken() throws NoSuchMethodException {
        check(100, freeing(0), new Actor(RegionModelCheckTest.class.getMethod("take"), List.of()));
    }

    private static Actor freeing(int block) throws NoSuchMethodException {
        return new Actor(RegionModelCheckTest.class.getMethod("free", int.class), List.of(block));
    }

    /** Threads with one operation each, so short that nearly every interleaving is tried. */
    private static void check(int invocations, Actor... threads) {
        ModelCheckingOptions options = new ModelCheckingOptions();
        options.iterations(0)
                .invocationsPerIteration(TestLength.of(invocations, 100_000))
                .addCustomScenario(new ExecutionScenario(
                        List.of(), Stream.of(threads).map(List::of).toList(), List.of(), null))
                .check(RegionModelCheckTest.class);
    }

    /** Three threads with more operations, chosen at random. */
    @Test
    void mustReleaseEveryClaimedBlockOnceInAnyScenario() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(TestLength.of(2, 300))
                .invocationsPerIteration(TestLength.of(100, 10_000))
                .check(RegionModelCheckTest.class);
    }
}
