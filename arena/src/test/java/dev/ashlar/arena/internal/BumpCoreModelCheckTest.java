package dev.ashlar.arena.internal;

import dev.ashlar.testkit.TestLength;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Interleavings of bumps, frees, marks and the end of a core, tried by Lincheck's model checker under sequential
 * consistency: every outcome must be one that the operations have one after another. Marks and ends are made under the
 * lock of the chunks, so never at the same time.
 */
@Tag("unsafe")
public class BumpCoreModelCheckTest {

    private static final int RANGE = 64;

    private final BumpCore core;

    /** A block of 8 bytes is at the bottom. */
    public BumpCoreModelCheckTest() {
        core = new BumpCore(RANGE, true);
        core.activate();
        core.bump(8, 8);
    }

    /** Takes a block. */
    @Operation
    public long bumpSmall() {
        return core.bump(8, 8);
    }

    /** Takes a larger one. */
    @Operation
    public long bumpLarge() {
        return core.bump(20, 8);
    }

    /** Frees the block at the bottom, once. */
    @Operation(runOnce = true, nonParallelGroup = "free")
    public boolean freeBottom() {
        return core.free(0, 8);
    }

    /** Marks the top. */
    @Operation(nonParallelGroup = "under the lock")
    public long mark() {
        return BumpCore.offsetOf(core.mark());
    }

    /** Ends it. */
    @Operation(runOnce = true, nonParallelGroup = "under the lock")
    public void end() {
        core.end();
    }

    /** Ends it, if nothing is live. */
    @Operation(nonParallelGroup = "under the lock")
    public boolean endIfUnused() {
        return core.endIfUnused();
    }

    /** Called when all threads have ended. */
    @Validate
    public void invariantsHold() {
        core.checkInvariants();
    }

    @Test
    void mustBeLinearizable() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(TestLength.of(4, 500))
                .invocationsPerIteration(TestLength.of(200, 10_000))
                .check(BumpCoreModelCheckTest.class);
    }
}
