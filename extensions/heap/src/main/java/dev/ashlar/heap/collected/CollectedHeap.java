package dev.ashlar.heap.collected;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Refusal;
import dev.ashlar.heap.Defragmentation;
import dev.ashlar.heap.Handle;
import dev.ashlar.heap.HandleHeap;
import dev.ashlar.heap.Pin;
import dev.ashlar.heap.StaleHandleException;
import dev.ashlar.spi.support.Closing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Objects outside the Java heap that are freed when nothing refers to them. An object has fields with references to
 * others, and data.
 *
 * {@snippet class="dev.ashlar.verification.shown.CollectedCodeTest" region="collected"}
 *
 * <h2>References</h2>
 *
 * <p>A reference is a {@code long}, the bits of a {@link Handle}. It keeps an object alive while it is in a field of
 * one that is alive, or while a {@link Scope} holds it. Anywhere else, on the Java heap or in data, it is a weak
 * reference: {@link Scope#tryHold} says whether the object is still there. A reference to a collected object never
 * becomes one to another object.
 *
 * <h2>Collection</h2>
 *
 * <p>An {@link Algorithm} is chosen when the heap is built. A full cycle frees all that is unreachable when it starts.
 * It starts when the bytes of objects reach a share of the limit, and goes on in slices, one from time to time when an
 * object is allocated. If more than that is left after a cycle, the next one starts when half of the rest is used. A
 * thread that finds the heap full does the rest of the cycle itself, also in slices. {@link #collect} and {@link #step}
 * do it by hand. There is no thread of its own.
 *
 * <h2>Concurrency</h2>
 *
 * <p>For any thread. One lock is around everything that looks at references, scopes or the state of the collector. It
 * is held for the time of one such operation, or for a pause of the collector. So a collector sees no operation half
 * done, and each of them is a sequential algorithm. The collector goes on only when a thread calls it, and that thread
 * lets those that wait for the lock go first between two slices. Locks for parts of the heap would let threads that
 * share nothing run side by side, but each collector would need a concurrent variant and a proof of its own.
 *
 * <p>Data is read and written without that lock, while the object is pinned as any block of a {@link HandleHeap}.
 *
 * <p>Finalisers and listeners run when the lock is released.
 */
public final class CollectedHeap implements AutoCloseable {

    /** The time for which a thread has the lock. Finalisers and listeners that are due run after it. */
    private interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    /** Refers to no object. */
    public static final long NULL = HeapObjects.NULL;

    /** While a cycle is under way, the next slice is due when this share of the room that is left is used. */
    private static final int SLICE_SHARE = 64;

    /** Objects between two looks at the clock. */
    private static final int STEPS_PER_LOOK = 32;

    private static final long LEAST_NURSERY = 64 << 10;
    private static final long LARGEST_NURSERY = 1 << 20;

    /** The share of the limit that a nursery takes, in addition to it. */
    private static final int NURSERY_SHARE = 16;

    private final Allocator allocator;
    private final long limitBytes;
    private final long triggerBytes;
    private final long sliceNanos;
    private final @Nullable CollectionListener listener;
    private final @Nullable Nursery nursery;
    private final HandleHeap handles;
    private final ReentrantLock lock = new ReentrantLock();
    private final Turn turn = this::leave;

    // Under the lock.
    private final HeapObjects objects;
    private final Collector collector;
    private final Deque<Runnable> toRun = new ArrayDeque<>();
    private boolean isRunning;
    private boolean isClosed;
    private boolean isInCycle;

    /** With so many bytes of objects, the next slice is due. */
    private long nextSliceBytes;

    private long cycles;
    private long pauses;
    private long nanos;
    private long longestNanos;

    // When the last cycle was complete, or since then.
    private long freedObjectsBefore;
    private long freedBytesBefore;
    private long nanosBefore;
    private long longestInCycle;
    private Cycle last = new Cycle(0, 0, 0, Duration.ZERO, Duration.ZERO, 0);

    private CollectedHeap(Builder settings) {
        allocator = settings.allocator;
        limitBytes = settings.limitBytes;
        triggerBytes = (long) (settings.trigger * limitBytes);
        nextSliceBytes = triggerBytes;
        sliceNanos = TimeUnit.NANOSECONDS.convert(settings.slice);
        listener = settings.listener;
        nursery = settings.algorithm == Algorithm.GENERATIONAL ? nursery(allocator, limitBytes) : null;
        handles = new HandleHeap(nursery == null ? allocator : nursery);
        objects = new HeapObjects(handles, settings.stepsPerLook);
        collector = switch (settings.algorithm) {
            case REFERENCE_COUNTING -> new ReferenceCounting(objects);
            case MARK_SWEEP -> new MarkSweep(objects);
            case GENERATIONAL -> new Generational(objects, Objects.requireNonNull(nursery));
            case HYBRID -> new Hybrid(objects);
        };
    }

    private static @Nullable Nursery nursery(Allocator allocator, long limitBytes) {
        long byteSize = Math.clamp(limitBytes / NURSERY_SHARE, LEAST_NURSERY, LARGEST_NURSERY);
        return allocator
                .as(AddressAllocator.class)
                .map(addresses -> new Nursery(allocator, addresses, byteSize))
                .orElse(null); // the heap of handles says what is wrong
    }

    /**
     * A builder of a heap.
     *
     * @param allocator where objects come from. It belongs to the caller, and must be open as long as the heap is
     * @param limitBytes bytes that objects may have, 1 or more. {@link Algorithm#GENERATIONAL} takes a nursery of up to
     *     1 MiB in addition
     * @throws IllegalArgumentException if the limit is not positive
     */
    public static Builder builder(Allocator allocator, long limitBytes) {
        return new Builder(allocator, limitBytes);
    }

    /** Opens a scope, which holds nothing yet. */
    public Scope scope() {
        try (Turn _ = enter()) {
            Scope scope = new Scope(this);
            objects.scopes.add(scope);
            return scope;
        }
    }

    /**
     * Writes a reference to a field.
     *
     * @param reference an object
     * @param field 0 to the number of its fields less 1
     * @param value what the field is to refer to, or {@link #NULL}
     * @throws IndexOutOfBoundsException if there is no such field
     * @throws StaleHandleException if one of both was collected
     * @throws IllegalStateException if the heap is closed
     */
    public void set(long reference, int field, long value) {
        try (Turn _ = enter()) {
            collectIfDue(); // first, because it may free what nobody holds
            int object = require(reference);
            Objects.checkIndex(field, objects.referencesOf(object));
            int after = value == NULL ? HeapObjects.NONE : require(value);
            try (Pin pin = objects.pin(object)) {
                long offset = Layout.referenceBytes(field);
                long before = pin.memory().get(ValueLayout.JAVA_LONG, offset);
                collector.storing(object, field, HeapObjects.index(before), after);
                pin.memory().set(ValueLayout.JAVA_LONG, offset, value);
            }
        }
    }

    /**
     * The number of fields for references and bytes of data of an object.
     *
     * @throws StaleHandleException if it was collected
     * @throws IllegalStateException if the heap is closed
     */
    public Layout layout(long reference) {
        try (Turn _ = enter()) {
            int object = require(reference);
            int references = objects.referencesOf(object);
            try (Pin pin = objects.pin(object)) {
                return new Layout(references, pin.memory().byteSize() - Layout.referenceBytes(references));
            }
        }
    }

    /**
     * Reads the data of an object. Threads that share it coordinate themselves.
     *
     * @param reference an object that a scope holds, or that is reachable
     * @param reader gets the memory, read-only, and must not keep it or use this heap
     * @return what the reader returned
     * @throws StaleHandleException if the object was collected
     * @throws IllegalStateException if the heap is closed, or 62 threads read or write this object
     */
    public <R> R read(long reference, Function<? super MemorySegment, ? extends R> reader) {
        return handles.read(handle(reference), memory -> reader.apply(data(reference, memory)));
    }

    /**
     * Writes the data of an object. Threads that share it coordinate themselves.
     *
     * @param reference an object that a scope holds, or that is reachable
     * @param writer gets the memory, and must not keep it or use this heap
     * @throws StaleHandleException if the object was collected
     * @throws IllegalStateException if the heap is closed, or 62 threads read or write this object
     */
    public void write(long reference, Consumer<? super MemorySegment> writer) {
        handles.write(handle(reference), memory -> writer.accept(data(reference, memory)));
    }

    private MemorySegment data(long reference, MemorySegment memory) {
        return memory.asSlice(Layout.referenceBytes(objects.referencesOf(HeapObjects.index(reference))));
    }

    private static Handle handle(long reference) {
        if (reference == NULL) {
            throw stale(reference);
        }
        return new Handle(reference);
    }

    /**
     * Runs an action after the object was collected, or at the close of this heap. It runs once, after the cycle, on a
     * thread that used the heap, without a lock. It may use the heap and open scopes. The object is freed then, so the
     * action has with it what it needs. Its exceptions go to the handler for uncaught ones of that thread.
     *
     * @throws StaleHandleException if the object was collected
     * @throws IllegalStateException if the heap is closed
     */
    public void whenCollected(long reference, Runnable action) {
        try (Turn _ = enter()) {
            objects.whenFreed(require(reference), action);
        }
    }

    /**
     * Frees all objects that are unreachable now, in slices.
     *
     * @return the last cycle
     * @throws IllegalStateException if the heap is closed
     */
    public Cycle collect() {
        int more;
        try (Turn _ = enter()) {
            more = isInCycle ? 2 : 1; // a cycle that has started may miss what is unreachable now
        }
        return collect(more);
    }

    private Cycle collect(int more) {
        long enough = Long.MAX_VALUE;
        while (true) {
            try (Turn _ = enter()) {
                enough = Math.min(enough, cycles + more);
                if (cycles >= enough) {
                    return last;
                }
                slice(sliceNanos);
            }
            letOthersIn();
        }
    }

    /** Waits until one of the threads that wait for the lock has it, because this one would be faster. */
    private void letOthersIn() {
        while (lock.hasQueuedThreads() && !lock.isLocked()) {
            LockSupport.parkNanos(1);
        }
    }

    /**
     * Does a slice of a cycle, and starts one if none is under way.
     *
     * @param budget how long it may take. It takes little longer, but see {@link Algorithm}
     * @return whether the cycle is complete
     * @throws IllegalStateException if the heap is closed
     */
    public boolean step(Duration budget) {
        try (Turn _ = enter()) {
            slice(TimeUnit.NANOSECONDS.convert(budget));
            return !isInCycle;
        }
    }

    private void slice(long budgetNanos) {
        long start = System.nanoTime();
        isInCycle = !collector.step(start + budgetNanos);
        paused(start);
        long used = objects.bytes();
        if (isInCycle) {
            nextSliceBytes = used + (limitBytes - used) / SLICE_SHARE + 1;
        } else {
            nextSliceBytes = Math.max(triggerBytes, used + (limitBytes - used) / 2);
            complete();
        }
    }

    private void collectPartially() {
        long start = System.nanoTime();
        collector.collectPartially(start + sliceNanos);
        paused(start);
        toRun.addAll(objects.finalizers);
        objects.finalizers.clear();
    }

    private void paused(long start) {
        long time = System.nanoTime() - start;
        pauses++;
        nanos += time;
        longestNanos = Math.max(longestNanos, time);
        longestInCycle = Math.max(longestInCycle, time);
        if (listener != null) {
            toRun.add(() -> listener.paused(Duration.ofNanos(time)));
        }
    }

    private void complete() {
        cycles++;
        Cycle cycle = new Cycle(
                cycles,
                objects.freedObjects() - freedObjectsBefore,
                objects.freedBytes() - freedBytesBefore,
                Duration.ofNanos(nanos - nanosBefore),
                Duration.ofNanos(longestInCycle),
                objects.bytes());
        freedObjectsBefore = objects.freedObjects();
        freedBytesBefore = objects.freedBytes();
        nanosBefore = nanos;
        longestInCycle = 0;
        last = cycle;
        toRun.addAll(objects.finalizers);
        objects.finalizers.clear();
        if (listener != null) {
            toRun.add(() -> listener.completed(cycle));
        }
    }

    private void collectIfDue() {
        if (objects.bytes() >= nextSliceBytes) {
            slice(sliceNanos);
        } else if (collector.isPartialDue()) {
            collectPartially();
        }
    }

    long allocate(Scope scope, Layout layout) {
        long byteSize = layout.byteSize();
        if (byteSize > limitBytes) {
            throw new AllocationException(
                    Refusal.tooLarge("byteSize", byteSize, limitBytes, "It is the limit of the collected heap."));
        }
        long reference = tryAllocate(scope, layout, false);
        if (reference == NULL) {
            reference = tryAllocate(scope, layout, true);
        }
        for (int cycle = 0; cycle < 2 && reference == NULL; cycle++) { // the first one may be under way
            collect(1);
            reference = tryAllocate(scope, layout, false);
        }
        if (reference == NULL) {
            throw new AllocationException(refusal(byteSize));
        }
        return reference;
    }

    private Refusal refusal(long byteSize) {
        long used = stats().liveBytes();
        return used + byteSize > limitBytes
                ? Refusal.limitReached("collected heap", Refusal.Unit.BLOCKS, byteSize, byteSize, used, limitBytes)
                : allocator.refusal(byteSize, 1);
    }

    /** Returns null if there is no room. */
    private long tryAllocate(Scope scope, Layout layout, boolean isFull) {
        try (Turn _ = enter()) {
            scope.reserve();
            if (isFull) {
                collectPartially();
            } else {
                collectIfDue();
            }
            Handle handle =
                    layout.byteSize() > limitBytes - objects.bytes() ? null : collector.tryPlace(layout.byteSize());
            if (handle == null) {
                return NULL;
            }
            register(handle, layout);
            scope.add(handle.bits());
            return handle.bits();
        }
    }

    private void register(Handle handle, Layout layout) {
        int object = HeapObjects.index(handle.bits());
        try {
            handles.write(handle, memory -> memory.fill((byte) 0));
            objects.reserve(object);
            collector.allocated(object);
        } catch (RuntimeException | Error e) {
            handles.free(handle);
            throw e;
        }
        objects.add(handle, layout);
    }

    long get(Scope scope, long reference, int field) {
        try (Turn _ = enter()) {
            int object = require(reference);
            Objects.checkIndex(field, objects.referencesOf(object));
            scope.reserve();
            long value = objects.reference(object, field);
            if (value != NULL) {
                collector.holding(HeapObjects.index(value));
                scope.add(value);
            }
            return value;
        }
    }

    boolean tryHold(Scope scope, long reference) {
        try (Turn _ = enter()) {
            scope.reserve();
            int object = find(reference);
            if (object == HeapObjects.NONE) {
                return false;
            }
            collector.holding(object);
            scope.add(reference);
            return true;
        }
    }

    void release(Scope scope, long reference) {
        try (Turn _ = enter()) {
            scope.remove(reference);
        }
    }

    void close(Scope scope) {
        lock.lock(); // also when the heap is closed
        try {
            scope.end();
            objects.scopes.remove(scope);
        } finally {
            lock.unlock();
        }
    }

    private int find(long reference) {
        int object = objects.find(reference);
        return object == HeapObjects.NONE || collector.isDead(object) ? HeapObjects.NONE : object;
    }

    private int require(long reference) {
        int object = find(reference);
        if (object == HeapObjects.NONE) {
            throw stale(reference);
        }
        return object;
    }

    static StaleHandleException stale(long reference) {
        return new StaleHandleException(new Handle(reference));
    }

    static String text(long reference) {
        return reference == NULL ? "null" : new Handle(reference).toString();
    }

    private Turn enter() {
        if (lock.isHeldByCurrentThread()) { // a listener of the allocator, while an object is placed or moved
            throw new IllegalStateException(
                    "The heap is at work on this thread. A listener of its allocator must not use it");
        }
        lock.lock();
        if (isClosed) {
            lock.unlock();
            throw new IllegalStateException("The heap is closed");
        }
        return turn;
    }

    private void leave() {
        boolean isFirst = !isRunning && !toRun.isEmpty();
        isRunning |= isFirst;
        lock.unlock();
        if (isFirst) {
            runAll();
        }
    }

    /** Runs finalisers and listeners. One thread at a time, which does not begin again when they use the heap. */
    private void runAll() {
        for (Runnable next = nextToRun(); next != null; next = nextToRun()) {
            try {
                next.run();
            } catch (RuntimeException | Error e) {
                report(e);
            }
        }
    }

    private static void report(Throwable failure) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        } catch (RuntimeException | Error _) {
            return; // the virtual machine ignores it too
        }
    }

    private @Nullable Runnable nextToRun() {
        lock.lock();
        try {
            Runnable next = toRun.poll();
            isRunning = next != null;
            return next;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Starts to move objects out of sparse memory. It does not wait for the collector, nor the collector for it.
     *
     * @return a defragmentation that has done nothing yet
     * @throws IllegalArgumentException if the allocator cannot tell what is worth moving
     * @throws IllegalStateException if the heap is closed
     */
    public Defragmentation defragment(Defragmentation.Strategy strategy) {
        return handles.defragment(strategy);
    }

    /** What is there, and what was done. Of one moment. */
    public CollectionStats stats() {
        lock.lock();
        try {
            return new CollectionStats(
                    objects.count(),
                    objects.bytes(),
                    objects.freedObjects(),
                    objects.freedBytes(),
                    cycles,
                    pauses,
                    Duration.ofNanos(nanos),
                    Duration.ofNanos(longestNanos));
        } finally {
            lock.unlock();
        }
    }

    /** For tests. */
    void checkInvariants() {
        try (Turn _ = enter()) {
            collector.checkInvariants();
        }
    }

    /**
     * Frees all objects, and runs their finalisers. Closing again does nothing.
     *
     * @throws RuntimeException what the allocator threw at a free, after everything was freed
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!isClosed) {
                isClosed = true;
                objects.forgetAll();
                toRun.addAll(objects.finalizers);
                objects.finalizers.clear();
                Closing.all(handles::close, () -> Optional.ofNullable(nursery).ifPresent(Nursery::close));
            }
        } finally {
            leave();
        }
    }

    /** Settings of a heap. */
    public static final class Builder {

        private static final double DEFAULT_TRIGGER = 0.8;
        private static final Duration DEFAULT_SLICE = Duration.ofMillis(5);

        private final Allocator allocator;
        private final long limitBytes;
        private Algorithm algorithm = Algorithm.MARK_SWEEP;
        private double trigger = DEFAULT_TRIGGER;
        private Duration slice = DEFAULT_SLICE;
        private int stepsPerLook = STEPS_PER_LOOK;
        private @Nullable CollectionListener listener;

        private Builder(Allocator allocator, long limitBytes) {
            if (limitBytes <= 0) {
                throw new IllegalArgumentException("limitBytes is " + limitBytes + ", must be 1 or more");
            }
            this.allocator = Objects.requireNonNull(allocator, "allocator");
            this.limitBytes = limitBytes;
        }

        /** How garbage is found. Default: {@link Algorithm#MARK_SWEEP}. */
        public Builder algorithm(Algorithm algorithm) {
            this.algorithm = Objects.requireNonNull(algorithm, "algorithm");
            return this;
        }

        /**
         * The share of the limit at which a cycle starts. Default: 0.8.
         *
         * @param trigger above 0, up to 1. With 1 a cycle starts when the heap is full
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder trigger(double trigger) {
            if (!(trigger > 0 && trigger <= 1)) {
                throw new IllegalArgumentException("trigger is " + trigger + ", must be above 0, up to 1");
            }
            this.trigger = trigger;
            return this;
        }

        /**
         * How long a slice of a cycle takes. Default: 5 ms.
         *
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder slice(Duration slice) {
            if (!slice.isPositive()) {
                throw new IllegalArgumentException("slice is " + slice + ", must be positive");
            }
            this.slice = slice;
            return this;
        }

        /** For tests, so that slices are short in a small heap. */
        Builder stepsPerLook(int stepsPerLook) {
            this.stepsPerLook = stepsPerLook;
            return this;
        }

        /** Is told of pauses and cycles. Default: none. */
        public Builder listener(CollectionListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Opens a heap without objects.
         *
         * @throws IllegalArgumentException if the allocator cannot work on addresses
         * @throws AllocationException if there is no memory for the nursery
         */
        public CollectedHeap build() {
            return new CollectedHeap(this);
        }
    }
}
