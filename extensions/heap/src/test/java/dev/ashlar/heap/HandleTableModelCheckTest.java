package dev.ashlar.heap;

import dev.ashlar.testkit.TestLength;
import java.util.HashSet;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Interleavings of pins, frees and moves of one block, and of the handles of others, tried by Lincheck's model checker
 * under sequential consistency: every outcome must be one that the operations have one after another.
 */
@Tag("unsafe")
public class HandleTableModelCheckTest {

    private static final long AT = 4096;

    private final HandleTable table = new HandleTable();
    private final Handle handle;

    /** One block is live. */
    public HandleTableModelCheckTest() {
        handle = table.add(AT, 8);
    }

    /** Pins the block and takes the pin away; false if the block is freed. */
    @Operation
    public boolean pin() {
        try {
            table.pin(handle);
        } catch (StaleHandleException e) {
            return false;
        }
        releaseIfLast(table.unpin(handle));
        return true;
    }

    /** Frees the block; false if it is freed. */
    @Operation
    public boolean free() {
        try {
            releaseIfLast(table.free(handle));
            return true;
        } catch (StaleHandleException e) {
            return false;
        }
    }

    private void releaseIfLast(long address) {
        if (address != 0) {
            table.release(handle);
        }
    }

    /** Makes another handle, and tells whether it differs from that of the block. */
    @Operation
    public boolean add() {
        return !table.add(2 * AT, 16).equals(handle);
    }

    /** Takes the block alone, if it is not pinned, and leaves it where it is; false if it is freed. */
    @Operation
    public boolean move() {
        try {
            long address = table.takeAlone(handle);
            if (address != 0) {
                table.leave(handle, address, 8);
            }
            return true;
        } catch (StaleHandleException e) {
            return false;
        }
    }

    /** Called when all threads have ended. */
    @Validate
    public void everyEntryIsLiveOrFree() {
        Set<Integer> live = new HashSet<>();
        for (int entry = 0; entry < table.used(); entry++) {
            if (table.addressAt(entry) != 0) {
                live.add(entry);
            }
        }
        if (live.size() + table.countFree() != table.used()) {
            throw new AssertionError(
                    live.size() + " live and " + table.countFree() + " free entries of " + table.used());
        }
    }

    @Test
    void mustBeLinearizable() {
        new ModelCheckingOptions()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(TestLength.of(3, 500))
                .invocationsPerIteration(TestLength.of(200, 10_000))
                .check(HandleTableModelCheckTest.class);
    }
}
