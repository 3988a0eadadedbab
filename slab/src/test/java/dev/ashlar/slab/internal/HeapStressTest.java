package dev.ashlar.slab.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Ownership of slabs: one heap fills slabs and gives them up while others free what lies in them. A slab that is lost, with
 * free slots and without an owner or with one that does not know of them, is never given back, and shows as memory that
 * stays committed when everything was freed.
 */
class HeapStressTest {

    private final FaultySource source = new FaultySource();
    private final SizeClasses sizeClasses = SizeClasses.perDoubling(8, SizeClasses.MAX_SIZE);
    private final Set<Long> live = ConcurrentHashMap.newKeySet();
    private final AtomicInteger freed = new AtomicInteger();

    /** How many blocks can be on their way from the filling heap to the freeing ones. */
    private int places = 32;

    /** From one slot a slab, where every allocation gives up a slab, to many. */
    @ParameterizedTest
    @ValueSource(ints = {32 * 1024, 1024, 64})
    void mustLoseNoSlabThatIsGivenUpWhileOthersFreeItsBlocks(int byteSize) {
        fillAndFree(byteSize, AllocationException.NO_LIMIT, TestLength.of(10_000, 4_000_000));
    }

    /** A slab of one slot that is freed while it is given up has nobody but these two threads to find it. */
    @Test
    void mustNotLoseASlabOfOneSlotThatIsFreedAtTheMomentOfGivingItUp() {
        places = 1;
        fillAndFree(32 * 1024, AllocationException.NO_LIMIT, TestLength.of(50_000, 10_000_000));
    }

    /** At the limit slabs with room are shared; one that is lost leaves the filling heap without memory. */
    @ParameterizedTest
    @ValueSource(ints = {32 * 1024, 2048})
    void mustServeWhatOthersFreeAtTheLimit(int byteSize) {
        fillAndFree(byteSize, 128 * 1024, TestLength.of(10_000, 2_000_000));
    }

    private void fillAndFree(int byteSize, long limitBytes, int blocks) {
        MeteredSource metered = new MeteredSource(source, limitBytes, () -> 0);
        SlabSupply supply = new SlabSupply(sizeClasses, metered, 1 << 20, 0);
        AtomicLongArray handedOver = new AtomicLongArray(places);
        int freeingHeaps = Math.min(places, 2);
        List<Heap> heaps = new ArrayList<>();
        List<Race.Task> tasks = new ArrayList<>();
        Heap filling = new Heap(supply, null);
        heaps.add(filling);
        tasks.add(() -> {
            for (int i = 0; i < blocks; i++) {
                long address = allocate(supply, filling, byteSize, i);
                if (!live.add(address)) {
                    throw new AssertionError("a live block was handed out again");
                }
                int place = i % handedOver.length();
                Race.await(() -> handedOver.compareAndSet(place, 0, address));
                dawdle(i % 64); // so that the block is freed now before, now after its slab is given up
            }
        });
        for (int number = 0; number < freeingHeaps; number++) {
            Heap freeing = new Heap(supply, null);
            heaps.add(freeing);
            int first = number;
            tasks.add(() -> {
                while (freed.get() < blocks && !Thread.currentThread().isInterrupted()) {
                    for (int place = first; place < handedOver.length(); place += freeingHeaps) {
                        long address = handedOver.get(place);
                        if (address != 0) {
                            handedOver.set(place, 0);
                            free(supply, freeing, address, byteSize);
                        }
                    }
                    Race.letOthersRun();
                }
            });
        }
        Race.run(tasks);
        heaps.forEach(Heap::flush);
        supply.setCapacity(0);
        supply.trim();
        assertThat(metered.committedBytes()).as("bytes of lost slabs").isZero();
        assertThat(source.misuses()).isEmpty();
        assertThat(heaps.stream().mapToLong(Heap::requestedBytes).sum()).isZero();
    }

    private static void dawdle(int steps) {
        for (int i = 0; i < steps; i++) {
            VarHandle.fullFence();
        }
    }

    private long allocate(SlabSupply supply, Heap heap, int byteSize, int allocatedBefore) throws Exception {
        int sizeClass = sizeClasses.classOf(byteSize);
        Slab slab = heap.slabWithRoom(sizeClass);
        while (slab == null) {
            boolean quiet = freed.get() == allocatedBefore;
            slab = reclaim(supply, heap, sizeClass);
            if (slab == null && quiet) {
                throw new AssertionError("everything is free, and there is no memory for a block");
            }
            Race.letOthersRun();
        }
        heap.allocated(byteSize);
        return slab.addressOf(slab.take());
    }

    private static @Nullable Slab reclaim(SlabSupply supply, Heap heap, int sizeClass) {
        UnitChunk[] searched = supply.chunks().all();
        heap.flush();
        supply.dissolveEmptySlabs();
        Slab slab = heap.smallSlabWithRoom(sizeClass);
        return slab != null || supply.grow(sizeClass, searched) == null ? slab : heap.slabWithRoom(sizeClass);
    }

    private void free(SlabSupply supply, Heap heap, long address, int byteSize) {
        live.remove(address);
        Slab slab = supply.slabAt(address);
        if (slab == null || !heap.free(slab, slab.slotAt(address), byteSize)) {
            throw new AssertionError("a live block was refused");
        }
        freed.incrementAndGet();
    }
}
