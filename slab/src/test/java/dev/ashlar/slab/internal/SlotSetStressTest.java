package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** A slot set whose owner takes and collects while other threads release. */
class SlotSetStressTest {

    private static final int RELEASERS = 1;

    /** Two words and a few bits, so that words are shared and the last one is not full. */
    private static final int SLOTS = 130;

    @Test
    void mustAcceptEveryReleaseFromOutsideOfATakenSlotAndGetTheSlotBack() {
        int takes = TestLength.of(150_000, 20_000_000);
        SlotSet set = new SlotSet(SLOTS);
        AtomicIntegerArray handedOver = new AtomicIntegerArray(SLOTS);
        AtomicInteger released = new AtomicInteger();
        List<Race.Task> tasks = new ArrayList<>();
        tasks.add(() -> {
            for (int i = 0; i < takes; i++) {
                int slot = set.take();
                while (slot < 0) {
                    Race.await(() -> set.collect() > 0);
                    slot = set.take();
                }
                if (!handedOver.compareAndSet(slot, 0, 1)) {
                    throw new AssertionError("slot " + slot + " was taken while it was live");
                }
                set.collect();
            }
            Race.await(() -> set.collect() == 0 && released.get() == takes);
        });
        for (int releaser = 0; releaser < RELEASERS; releaser++) {
            int first = releaser;
            tasks.add(() -> {
                while (released.get() < takes && !Thread.currentThread().isInterrupted()) {
                    for (int slot = first; slot < SLOTS; slot += RELEASERS) {
                        if (handedOver.compareAndSet(slot, 1, 0)) {
                            if (!set.releaseFromOutside(slot)) {
                                throw new AssertionError("slot " + slot + " was live, and its release was refused");
                            }
                            released.incrementAndGet();
                        }
                    }
                    Thread.onSpinWait();
                }
            });
        }
        Race.run(tasks);
        set.collect();
        set.checkInvariants();
        assertThat(set.used()).isZero();
        assertThat(set.hasReleasedFromOutside()).isFalse();
    }

    @Test
    void mustRefuseTheSecondReleaseFromOutsideOfASlotThatWasNotTakenAgain() {
        int rounds = TestLength.of(6_000, 200_000);
        for (int round = 0; round < rounds; round += 1_000) {
            releaseEachSlotTwice(1_000);
        }
    }

    private static void releaseEachSlotTwice(int count) {
        SlotSet[] sets = new SlotSet[count];
        for (int i = 0; i < count; i++) {
            sets[i] = new SlotSet(SLOTS);
            while (sets[i].take() >= 0) {}
        }
        AtomicInteger current = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        Race.Task owner = () -> {
            while (!done.get() && !Thread.currentThread().isInterrupted()) {
                SlotSet set = sets[current.get()];
                for (int i = 0; i < 100; i++) {
                    set.collect();
                }
            }
        };
        Race.Task releaser = () -> {
            for (int i = 0; i < count; i++) {
                current.set(i);
                for (int slot = 0; slot < SLOTS; slot++) {
                    if (!sets[i].releaseFromOutside(slot)) {
                        throw new AssertionError("the first release of slot " + slot + " was refused");
                    }
                    if (sets[i].releaseFromOutside(slot)) {
                        throw new AssertionError("slot " + slot + " was released twice");
                    }
                }
            }
            done.set(true);
        };
        Race.run(List.of(owner, releaser));
        for (SlotSet set : sets) {
            set.collect();
            set.checkInvariants();
            assertThat(set.used()).isZero();
        }
    }
}
