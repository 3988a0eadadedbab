package dev.ashlar.benchmarks;

import java.util.concurrent.atomic.AtomicLongArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Control;

/**
 * One thread allocates blocks of 64 bytes and passes them to another thread, which frees them. So every free is of
 * another thread's block, and its memory must become available to the allocating thread again. One operation is the
 * allocation, the passing and the free of a block. Both threads wait for each other when a block is passed, which costs
 * the same for all subjects.
 */
public class RemoteFreeBenchmark extends AllocatorBenchmark {

    /** The blocks that are passed between two threads: a ring, in which 0 is an empty entry. */
    @State(Scope.Group)
    public static class Ring {
        private static final int PLACES = 1024;

        private final AtomicLongArray places = new AtomicLongArray(PLACES);

        /** The two positions, each in a cache line that only one thread writes. */
        private final int[] positions = new int[64];

        private static final int PUT = 16;
        private static final int TAKEN = 48;

        /** Passes a block; false if the benchmark ends. */
        boolean put(long address, Control control) {
            int place = positions[PUT] & (PLACES - 1);
            while (places.getAcquire(place) != 0) {
                if (control.stopMeasurement) {
                    return false;
                }
                Thread.onSpinWait();
            }
            positions[PUT]++;
            places.setRelease(place, address);
            return true;
        }

        /** The next block, or 0 if the benchmark ends. */
        long take(Control control) {
            int place = positions[TAKEN] & (PLACES - 1);
            long address = places.getAcquire(place);
            while (address == 0) {
                if (control.stopMeasurement) {
                    return 0;
                }
                Thread.onSpinWait();
                address = places.getAcquire(place);
            }
            positions[TAKEN]++;
            places.setRelease(place, 0);
            return address;
        }
    }

    /** Allocates. */
    @Benchmark
    @Group("lockFree")
    @GroupThreads(1)
    public void lockFreeProducer(SharedLockFree shared, Ring ring, Control control) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        if (!ring.put(address, control)) {
            shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
        }
    }

    /** Frees. */
    @Benchmark
    @Group("lockFree")
    @GroupThreads(1)
    public void lockFreeConsumer(SharedLockFree shared, Ring ring, Control control) {
        long address = ring.take(control);
        if (address != 0) {
            shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
        }
    }

    /** Allocates. */
    @Benchmark
    @Group("slab")
    @GroupThreads(1)
    public void slabProducer(SharedSlab shared, Ring ring, Control control) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        if (!ring.put(address, control)) {
            shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
        }
    }

    /** Frees. */
    @Benchmark
    @Group("slab")
    @GroupThreads(1)
    public void slabConsumer(SharedSlab shared, Ring ring, Control control) {
        long address = ring.take(control);
        if (address != 0) {
            shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
        }
    }

    /** Allocates. */
    @Benchmark
    @Group("mutex")
    @GroupThreads(1)
    public void mutexProducer(FreeList.Mutex shared, Ring ring, Control control) {
        produce(shared, ring, control);
    }

    /** Frees. */
    @Benchmark
    @Group("mutex")
    @GroupThreads(1)
    public void mutexConsumer(FreeList.Mutex shared, Ring ring, Control control) {
        consume(shared, ring, control);
    }

    /** Allocates. */
    @Benchmark
    @Group("treiber")
    @GroupThreads(1)
    public void treiberProducer(FreeList.Treiber shared, Ring ring, Control control) {
        produce(shared, ring, control);
    }

    /** Frees. */
    @Benchmark
    @Group("treiber")
    @GroupThreads(1)
    public void treiberConsumer(FreeList.Treiber shared, Ring ring, Control control) {
        consume(shared, ring, control);
    }

    private static void produce(FreeList shared, Ring ring, Control control) {
        long address = shared.take();
        FirstByte.touch(address);
        if (!ring.put(address, control)) {
            shared.give(address);
        }
    }

    private static void consume(FreeList shared, Ring ring, Control control) {
        long address = ring.take(control);
        if (address != 0) {
            shared.give(address);
        }
    }
}
