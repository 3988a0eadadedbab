package dev.ashlar.lockfree.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.support.Slab;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/**
 * Threads that release the same slots at the same moment. Lincheck's model checker cannot check this slab, because it
 * does not support views of byte arrays.
 */
class CasSlabStressTest {

    @Test
    void mustLetExactlyOneReleaseEachSlotAndTellSomebodyWhenItIsTheLast() {
        int rounds = TestLength.of(20_000, 2_000_000);
        int slots = 2;
        CasSlab[] slabs = new CasSlab[rounds];
        for (int i = 0; i < rounds; i++) {
            slabs[i] = CasSlabs.withSlots(slots);
            for (int slot = 0; slot < slots; slot++) {
                slabs[i].take();
            }
        }
        AtomicInteger arrived = new AtomicInteger();
        AtomicInteger names = new AtomicInteger();
        AtomicIntegerArray released = new AtomicIntegerArray(rounds);
        AtomicIntegerArray told = new AtomicIntegerArray(rounds);
        Race.run(Collections.nCopies(2, () -> {
            int first = names.getAndIncrement();
            for (int i = 0; i < rounds; i++) {
                arrived.incrementAndGet();
                int both = 2 * (i + 1);
                Race.await(() -> arrived.get() >= both);
                for (int k = 0; k < slots; k++) {
                    Slab.Release release = slabs[i].releaseFromOutside((first * (i & 1) + k) % slots);
                    if (release != Slab.Release.REFUSED) {
                        released.incrementAndGet(i);
                    }
                    if (release == Slab.Release.PERHAPS_EMPTY) {
                        told.incrementAndGet(i);
                    }
                }
            }
        }));
        for (int i = 0; i < rounds; i++) {
            assertThat(released.get(i)).as("releases of %d slots", slots).isEqualTo(slots);
            assertThat(told.get(i)).as("threads told that it may be empty").isPositive();
            assertThat(slabs[i].isEmpty()).isTrue();
        }
    }

    @Test
    void mustLetTheOwnerOrAnotherReleaseEachSlot() {
        int rounds = TestLength.of(150_000, 1_000_000);
        int slots = 16;
        CasSlab[] slabs = new CasSlab[rounds];
        for (int i = 0; i < rounds; i++) {
            slabs[i] = CasSlabs.withSlots(slots);
            while (slabs[i].take() >= 0) {}
        }
        AtomicInteger arrived = new AtomicInteger();
        AtomicIntegerArray released = new AtomicIntegerArray(rounds);
        Race.run(List.of(
                () -> {
                    for (int i = 0; i < rounds; i++) {
                        meet(arrived, i);
                        for (int slot = 0; slot < slots; slot++) {
                            if (slabs[i].release(slot)) {
                                released.incrementAndGet(i);
                            }
                        }
                    }
                },
                () -> {
                    for (int i = 0; i < rounds; i++) {
                        meet(arrived, i);
                        for (int slot = slots - 1; slot >= 0; slot--) { // in the opposite order
                            if (slabs[i].releaseFromOutside(slot) != Slab.Release.REFUSED) {
                                released.incrementAndGet(i);
                            }
                        }
                    }
                }));
        for (int i = 0; i < rounds; i++) {
            assertThat(released.get(i)).as("releases of %d slots", slots).isEqualTo(slots);
            assertThat(slabs[i].isEmpty()).isTrue();
        }
    }

    private static void meet(AtomicInteger arrived, int round) throws InterruptedException {
        arrived.incrementAndGet();
        int both = 2 * (round + 1);
        Race.await(() -> arrived.get() >= both);
    }

    /** Neighbours are released by two threads while their owner takes, releases and collects. */
    @Test
    void mustGetEverySlotBackThatOthersRelease() {
        int slots = 20;
        int takes = TestLength.of(100_000, 10_000_000);
        CasSlab slab = CasSlabs.withSlots(slots);
        AtomicIntegerArray handedOver = new AtomicIntegerArray(slots);
        AtomicInteger released = new AtomicInteger();
        List<Race.Task> tasks = new ArrayList<>(Collections.nCopies(2, () -> {
            while (released.get() < takes && !Thread.currentThread().isInterrupted()) {
                for (int slot = 0; slot < slots; slot++) {
                    if (handedOver.compareAndSet(slot, 1, 0)) {
                        if (slab.releaseFromOutside(slot) == Slab.Release.REFUSED) {
                            throw new AssertionError("slot " + slot + " was live, and its release was refused");
                        }
                        released.incrementAndGet();
                    }
                }
                Race.letOthersRun();
            }
        }));
        tasks.add(() -> {
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
                if (i % 7 == 0) {
                    slab.collect();
                }
            }
        });
        Race.run(tasks);
        assertThat(slab.isEmpty()).isTrue();
        slab.checkInvariants();
    }
}
