package dev.ashlar.benchmarks;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicLongArray;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
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

    /**
     * The buffers that are passed: the ring has addresses, so it passes a buffer's place in this array. There are twice
     * as many places as the ring has, so none is used again before its buffer was taken. The ring orders the accesses.
     */
    @State(Scope.Group)
    public static class Buffers {
        private final ByteBuf[] places = new ByteBuf[2 * Ring.PLACES + 1];
        private int next = 1;

        /** Puts a buffer into the next place, which is never 0. */
        long place(ByteBuf buffer) {
            places[next] = buffer;
            return next;
        }

        /** The place is used: a buffer that could not be passed leaves it to the next one. */
        void passed() {
            next = (next & (2 * Ring.PLACES - 1)) + 1;
        }

        ByteBuf at(long place) {
            return places[(int) place];
        }
    }

    /** Allocates. */
    @Benchmark
    @Group("addresses")
    @GroupThreads(1)
    public void addressProducer(SharedInstalled shared, Ring ring, Control control) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        if (!ring.put(address, control)) {
            shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
        }
    }

    /** Frees. */
    @Benchmark
    @Group("addresses")
    @GroupThreads(1)
    public void addressConsumer(SharedInstalled shared, Ring ring, Control control) {
        long address = ring.take(control);
        if (address != 0) {
            shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
        }
    }

    /** Allocates a direct buffer of Netty. */
    @Benchmark
    @Group("netty")
    @GroupThreads(1)
    @Fork(jvmArgsPrepend = {CUSTOM_THREADS, EVENT_LOOP_THREADS})
    public void nettyProducer(SharedNetty netty, Buffers buffers, Ring ring, Control control) {
        ByteBuf buffer = netty.allocator.directBuffer(FreeList.BLOCK_SIZE);
        buffer.setByte(0, FirstByte.VALUE);
        if (ring.put(buffers.place(buffer), control)) {
            buffers.passed();
        } else {
            buffer.release();
        }
    }

    /** Releases it. */
    @Benchmark
    @Group("netty")
    @GroupThreads(1)
    @Fork(jvmArgsPrepend = {CUSTOM_THREADS, EVENT_LOOP_THREADS})
    public void nettyConsumer(Buffers buffers, Ring ring, Control control) {
        long place = ring.take(control);
        if (place != 0) {
            buffers.at(place).release();
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
