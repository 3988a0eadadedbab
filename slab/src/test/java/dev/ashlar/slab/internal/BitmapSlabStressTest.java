package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.Slab;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** A slab whose owner takes, releases and collects while another thread releases from outside. */
class BitmapSlabStressTest {

    /** Two words and a few bits, so that words are shared and the last one is not full. */
    private static final int SLOTS = 130;

    @Test
    void mustAcceptEveryReleaseFromOutsideOfATakenSlotAndGetTheSlotBack() {
        int takes = TestLength.of(150_000, 20_000_000);
        BitmapSlab slab = BitmapSlabs.withSlots(SLOTS);
        AtomicIntegerArray handedOver = new AtomicIntegerArray(SLOTS);
        AtomicInteger released = new AtomicInteger();
        Race.Task owner = () -> {
            for (int i = 0; i < takes; i++) {
                int slot = slab.take();
                while (slot < 0) {
                    Race.await(() -> slab.collect() > 0);
                    slot = slab.take();
                }
                if (i % 3 == 0) { // takes and releases its own slots between those of others
                    int own = slab.take();
                    if (own >= 0 && (handedOver.get(own) != 0 || !slab.release(own))) {
                        throw new AssertionError("slot " + own + " was not the owner's");
                    }
                }
                if (!handedOver.compareAndSet(slot, 0, 1)) {
                    throw new AssertionError("slot " + slot + " was taken while it was live");
                }
                slab.collect();
            }
        };
        Race.Task releaser = () -> {
            while (released.get() < takes && !Thread.currentThread().isInterrupted()) {
                for (int slot = 0; slot < SLOTS; slot++) {
                    if (handedOver.compareAndSet(slot, 1, 0)) {
                        if (slab.releaseFromOutside(slot) == Slab.Release.REFUSED) {
                            throw new AssertionError("slot " + slot + " was live, and its release was refused");
                        }
                        released.incrementAndGet();
                    }
                }
                Thread.onSpinWait();
            }
        };
        Race.run(List.of(owner, releaser));
        assertThat(slab.isEmpty()).isTrue();
        slab.collect();
        slab.checkInvariants();
        assertThat(slab.isEmpty()).isTrue();
    }

    /** Releases that are ordered one after the other. The owner may collect between them. */
    @Test
    void mustRefuseTheSecondReleaseFromOutsideOfASlotThatWasNotTakenAgain() {
        int rounds = TestLength.of(6_000, 200_000);
        for (int round = 0; round < rounds; round += 1_000) {
            releaseEachSlotTwice(1_000);
        }
    }

    private static void releaseEachSlotTwice(int count) {
        BitmapSlab[] slabs = new BitmapSlab[count];
        for (int i = 0; i < count; i++) {
            slabs[i] = BitmapSlabs.withSlots(SLOTS);
            while (slabs[i].take() >= 0) {}
        }
        AtomicInteger current = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        Race.Task owner = () -> {
            while (!done.get() && !Thread.currentThread().isInterrupted()) {
                BitmapSlab slab = slabs[current.get()];
                for (int i = 0; i < 100; i++) {
                    slab.collect();
                }
            }
        };
        Race.Task releaser = () -> {
            for (int i = 0; i < count; i++) {
                current.set(i);
                for (int slot = 0; slot < SLOTS; slot++) {
                    if (slabs[i].releaseFromOutside(slot) == Slab.Release.REFUSED) {
                        throw new AssertionError("the first release of slot " + slot + " was refused");
                    }
                    if (slabs[i].releaseFromOutside(slot) != Slab.Release.REFUSED) {
                        throw new AssertionError("slot " + slot + " was released twice");
                    }
                }
            }
            done.set(true);
        };
        Race.run(List.of(owner, releaser));
        for (BitmapSlab slab : slabs) {
            slab.collect();
            slab.checkInvariants();
            assertThat(slab.isEmpty()).isTrue();
        }
    }

    /** At least one of the threads that release the last slots is told that the slab may be empty. */
    @Test
    void mustTellSomebodyWhenItBecomesEmpty() {
        int count = TestLength.of(20_000, 2_000_000);
        BitmapSlab[] slabs = new BitmapSlab[count];
        for (int i = 0; i < count; i++) {
            slabs[i] = BitmapSlabs.withSlots(2);
            slabs[i].take();
            slabs[i].take();
        }
        AtomicInteger arrived = new AtomicInteger();
        AtomicIntegerArray told = new AtomicIntegerArray(count);
        Race.run(List.of(() -> releaseAll(slabs, 0, arrived, told), () -> releaseAll(slabs, 1, arrived, told)));
        for (int i = 0; i < count; i++) {
            assertThat(told.get(i))
                    .as("threads told that slab %d may be empty", i)
                    .isPositive();
        }
    }

    private static void releaseAll(BitmapSlab[] slabs, int slot, AtomicInteger arrived, AtomicIntegerArray told)
            throws InterruptedException {
        for (int i = 0; i < slabs.length; i++) {
            arrived.incrementAndGet();
            int both = 2 * (i + 1);
            Race.await(() -> arrived.get() >= both);
            if (slabs[i].releaseFromOutside(slot) == Slab.Release.PERHAPS_EMPTY) {
                told.incrementAndGet(i);
            }
        }
    }
}
