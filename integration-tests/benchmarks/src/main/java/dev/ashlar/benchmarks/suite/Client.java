package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One thread's access to the allocator: it counts, times a sample of the calls, and has blocks checked. It belongs to
 * one thread at a time.
 *
 * <p>Workloads write to blocks only through this. In a checked round the verifier has filled the block, so the writes
 * here do nothing. Exempt are blocks of {@link #allocateUnfilled}, whose contents have a meaning that the workload
 * checks itself.
 */
final class Client {

    /** The alignment of blocks for which a workload says nothing: for any Java primitive. */
    static final long ALIGNMENT = 8;

    /** Calls from one that is timed to the next, on average. */
    private static final int SAMPLING = 1024;

    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final VarHandle BYTES = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle REQUESTED = requestedHandle();

    /** Two cache lines, as processors fetch them, so that the clients of two threads share none. */
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;

    /** The number of the thread in its team, from 0. */
    final int index;

    /** SplittableRandom is splitmix64. Seeded from the seed of the run and the index. */
    final SplittableRandom random;

    /** Latencies of the timed calls, in nanoseconds. */
    final Histogram latencies = new Histogram(LONGEST_NANOS, 3);

    private final RawAllocator allocator;
    private final @Nullable Verifier verifier;
    private final boolean isChecked;

    /** Bytes allocated minus bytes freed by this client. Others read it while it changes. */
    @SuppressWarnings("unused") // by its handle
    private long requested;

    private long steps;
    private long operations;
    private int untilTimed = SAMPLING - 1;

    @SuppressWarnings("unused") // written so that what was read is used
    private long sum;

    Client(int index, long seed, RawAllocator allocator, @Nullable Verifier verifier) {
        this.index = index;
        this.random = new SplittableRandom(new SplittableRandom(seed + index).nextLong());
        this.allocator = allocator;
        this.verifier = verifier;
        this.isChecked = verifier != null;
    }

    private static VarHandle requestedHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Client.class, "requested", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Allocates a block. */
    long allocate(long byteSize) {
        return allocate(byteSize, ALIGNMENT, true);
    }

    /** Allocates a block. */
    long allocate(long byteSize, long byteAlignment) {
        return allocate(byteSize, byteAlignment, true);
    }

    /** Allocates a block whose contents the workload writes and checks itself. */
    long allocateUnfilled(long byteSize) {
        return allocate(byteSize, ALIGNMENT, false);
    }

    private long allocate(long byteSize, long byteAlignment, boolean fill) {
        boolean isTimed = isNextTimed();
        long start = isTimed ? System.nanoTime() : 0;
        long address = allocator.allocate(byteSize, byteAlignment);
        if (isTimed) {
            record(start);
        }
        if (address == 0) {
            throw new CheckFailure("a request of " + byteSize + " bytes was answered with the address 0");
        }
        if (verifier != null) {
            verifier.allocated(address, byteSize, byteAlignment, fill);
        }
        REQUESTED.setOpaque(this, requested + byteSize);
        return address;
    }

    /** Frees a block. */
    void free(long address, long byteSize) {
        if (verifier != null) {
            verifier.freeing(address, byteSize);
        }
        boolean isTimed = isNextTimed();
        long start = isTimed ? System.nanoTime() : 0;
        allocator.free(address, byteSize);
        if (isTimed) {
            record(start);
        }
        REQUESTED.setOpaque(this, requested - byteSize);
    }

    private boolean isNextTimed() {
        steps++;
        return --untilTimed < 0;
    }

    /** Every other interval is odd, so that a workload that alternates has both kinds of calls timed. */
    private void record(long start) {
        latencies.recordValue(Math.min(System.nanoTime() - start, LONGEST_NANOS));
        untilTimed = SAMPLING - 1 + (int) (latencies.getTotalCount() & 1);
    }

    /** Writes a byte. */
    void putByte(long address, int value) {
        if (!isChecked) {
            FirstByte.MEMORY.set(ValueLayout.JAVA_BYTE, address, (byte) value);
        }
    }

    /** Writes a byte so that each write happens, even if the next one is to the same address. */
    void putByteOpaque(long address, int value) {
        if (!isChecked) {
            BYTES.setOpaque(FirstByte.MEMORY, address, (byte) value);
        }
    }

    /** Writes four bytes. */
    void putInt(long address, int value) {
        if (!isChecked) {
            FirstByte.MEMORY.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
        }
    }

    /** Writes bytes of one value. */
    void fill(long address, long byteSize, int value) {
        if (!isChecked) {
            FirstByte.MEMORY.asSlice(address, byteSize).fill((byte) value);
        }
    }

    /** Reads a byte so that each read happens. */
    static byte byteOpaque(long address) {
        return (byte) BYTES.getOpaque(FirstByte.MEMORY, address);
    }

    /** Uses a value that was read, so that the compiler cannot remove the read. */
    void use(long value) {
        sum += value;
    }

    /** Counts operations of the workload. */
    void count(long more) {
        operations += more;
    }

    /** Whether a live block is the memory of no other one. If not, contents must not be compared. */
    boolean keepsContents() {
        return allocator.keepsContents();
    }

    /** Operations that were counted. */
    long operations() {
        return operations;
    }

    /** Bytes allocated minus bytes freed. */
    long requestedBytes() {
        return (long) REQUESTED.getOpaque(this);
    }

    @Override
    public String toString() {
        return (index < 0 ? "main thread" : "thread " + index) + ", step " + steps;
    }
}
