package dev.ashlar.buddy.internal;

import dev.ashlar.testkit.TestLength;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Threads that push, and one that takes all: each pushed block is taken once, newest first. */
@Tag("unsafe")
public class PendingFreesModelCheckTest {

    private final PendingFrees pending = new PendingFrees();

    /**
     * Pushes a block.
     *
     * @param start where it starts
     */
    @Operation
    public void push(int start) {
        pending.push(start, start);
    }

    /** Takes all blocks, and returns where they start. */
    @Operation
    public List<Integer> takeAll() {
        List<Integer> starts = new ArrayList<>();
        for (var element = pending.takeAll(); element != null; element = element.below()) {
            starts.add(element.start());
        }
        return starts;
    }

    @Test
    void mustHandOverWhatWasPushedOnce() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .iterations(TestLength.of(6, 300))
                .invocationsPerIteration(TestLength.of(100, 10_000))
                .check(PendingFreesModelCheckTest.class);
    }
}
