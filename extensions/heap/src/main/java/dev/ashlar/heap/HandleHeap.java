package dev.ashlar.heap;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Registration;
import dev.ashlar.api.Relocatable;
import dev.ashlar.api.support.Listeners;
import dev.ashlar.heap.Defragmentation.Place;
import dev.ashlar.spi.support.Closing;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Blocks that have handles instead of addresses, so that they can move: {@link #defragment} empties sparse memory.
 *
 * <p>A block is read and written while it is pinned: by {@link #read} and {@link #write} for the time of a function, or
 * by {@link #pin} for longer. A pinned block does not move. Its memory must not be used after the pin ended, because
 * another block may be there then. Two threads that write to one block, or write and read, coordinate themselves, as
 * with any memory.
 *
 * <p>A free ends a handle at once. If the block is pinned then, its memory is released with the last pin.
 *
 * {@snippet class="dev.ashlar.verification.shown.HeapCodeTest" region="handles"}
 *
 * <p>For any thread. Reads do not wait for each other. An operation waits while the block that it needs is copied to
 * another place. A pin costs two atomic operations and a look-up of the block in its allocator. A block takes 12 bytes
 * of the Java heap, and no object.
 */
public final class HandleHeap implements AutoCloseable {

    /** Where blocks start, in bytes: so that addresses leave room for pins in the table. */
    private static final long ALIGNMENT = 8;

    /** The largest block in bytes: 4 GiB less one byte, because the table has 32 bits for a size. */
    public static final long LARGEST_BLOCK = 0xFFFF_FFFFL;

    private final Allocator allocator;
    private final AddressAllocator addresses;
    private final HandleTable table = new HandleTable();
    private final AtomicLong blocks = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final Listeners<Relocatable> holders = new Listeners<>();
    private volatile boolean closed;

    /**
     * A heap without blocks.
     *
     * @param allocator where blocks come from. It belongs to the caller, and must be open as long as the heap is. One
     *     that frees no single blocks, such as {@code arena}, only fills
     * @throws IllegalArgumentException if it cannot work on addresses
     */
    public HandleHeap(Allocator allocator) {
        this.allocator = allocator;
        this.addresses = allocator
                .as(AddressAllocator.class)
                .orElseThrow(() -> new IllegalArgumentException(allocator
                        + " has no raw addresses. Use one with the capability AddressAllocator, such as 'slab'"));
    }

    /**
     * Allocates a block. Its contents are undefined.
     *
     * @param byteSize 0 to {@link #LARGEST_BLOCK}
     * @throws IllegalArgumentException if the size is out of range
     * @throws AllocationException if the request cannot be served now
     */
    public Handle allocate(long byteSize) {
        Handle handle = tryAllocate(byteSize);
        if (handle == null) {
            throw new AllocationException(allocator.refusal(byteSize, ALIGNMENT));
        }
        return handle;
    }

    /**
     * The same, but null if the request cannot be served now.
     *
     * @param byteSize 0 to {@link #LARGEST_BLOCK}
     * @throws IllegalArgumentException if the size is out of range
     */
    public @Nullable Handle tryAllocate(long byteSize) {
        requireOpen();
        requireSize(byteSize);
        long address = place(byteSize);
        if (address == AddressAllocator.NULL) {
            return null;
        }
        Handle handle;
        try {
            handle = table.add(address, byteSize);
        } catch (RuntimeException | Error e) {
            addresses.freeAddress(address, byteSize);
            throw e;
        }
        return added(handle, byteSize);
    }

    /**
     * Makes a handle for a block that was allocated from the allocator of this heap. The block belongs to the heap
     * then.
     *
     * @param block starts at a multiple of 8, and has up to {@link #LARGEST_BLOCK} bytes
     * @throws IllegalArgumentException if it does not
     * @throws InvalidBlockException if it is no live block of the allocator
     */
    public Handle adopt(MemorySegment block) {
        requireOpen();
        requireSize(block.byteSize());
        if (block.address() % ALIGNMENT != 0 || block.address() > HandleTable.LARGEST_ADDRESS) {
            throw new IllegalArgumentException("The block starts at " + Long.toHexString(block.address())
                    + ", must be a multiple of " + ALIGNMENT + " up to "
                    + Long.toHexString(HandleTable.LARGEST_ADDRESS));
        }
        if (addresses.blockAt(block.address(), block.byteSize()) == null) {
            throw InvalidBlockException.foreign(block.address());
        }
        return added(table.add(block.address(), block.byteSize()), block.byteSize());
    }

    /** Counts a block that is in the table. */
    private Handle added(Handle handle, long byteSize) {
        blocks.getAndIncrement();
        bytes.getAndAdd(byteSize);
        if (closed) { // either the thread that closes finds the block, or this one finds that it is closed
            freeIfLive(handle.index());
            requireOpen();
        }
        return handle;
    }

    private static void requireSize(long byteSize) {
        if (byteSize < 0 || byteSize > LARGEST_BLOCK) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 0 to " + LARGEST_BLOCK);
        }
    }

    private long place(long byteSize) {
        long address = addresses.tryAllocateAddress(byteSize, ALIGNMENT);
        if (address > HandleTable.LARGEST_ADDRESS) {
            addresses.freeAddress(address, byteSize);
            throw new IllegalStateException("The address " + Long.toHexString(address) + " is too high for a handle,"
                    + " which can have " + Long.toHexString(HandleTable.LARGEST_ADDRESS) + " at most");
        }
        return address;
    }

    /**
     * Reads a block.
     *
     * @param reader gets its memory, read-only, and must not keep it
     * @return what the reader returned
     * @throws StaleHandleException if the block was freed
     * @throws IllegalStateException if the block is pinned 62 times
     */
    public <R> R read(Handle handle, Function<? super MemorySegment, ? extends R> reader) {
        long address = table.pin(handle);
        try {
            return reader.apply(memory(handle, address).asReadOnly());
        } finally {
            unpin(handle);
        }
    }

    /**
     * Writes to a block.
     *
     * @param writer gets its memory, and must not keep it
     * @throws StaleHandleException if the block was freed
     * @throws IllegalStateException if the block is pinned 62 times
     */
    public void write(Handle handle, Consumer<? super MemorySegment> writer) {
        long address = table.pin(handle);
        try {
            writer.accept(memory(handle, address));
        } finally {
            unpin(handle);
        }
    }

    /**
     * Pins a block until the result is closed.
     *
     * @throws StaleHandleException if the block was freed
     * @throws IllegalStateException if it is pinned 62 times
     */
    public Pin pin(Handle handle) {
        long address = table.pin(handle);
        try {
            return new Pin(this, handle, memory(handle, address));
        } catch (RuntimeException | Error e) {
            unpin(handle);
            throw e;
        }
    }

    /** The memory of a pinned block. */
    private MemorySegment memory(Handle handle, long address) {
        requireOpen();
        return block(address, table.byteSize(handle));
    }

    private MemorySegment block(long address, long byteSize) {
        return Objects.requireNonNull(addresses.blockAt(address, byteSize), "the allocator does not know a live block");
    }

    void unpin(Handle handle) {
        releaseIfLast(handle, table.unpin(handle));
    }

    /**
     * Frees a block. If it is pinned, its memory is released with the last pin.
     *
     * @throws StaleHandleException if it was freed before
     */
    public void free(Handle handle) {
        requireOpen();
        releaseIfLast(handle, table.free(handle));
    }

    /** Releases a block if an address says that it is freed and has no pin. */
    private void releaseIfLast(Handle handle, long address) {
        if (address != 0) {
            release(handle, address);
        }
    }

    /** Releases the block of an entry that is freed and has no pin. Until the end nobody else can have the entry. */
    private void release(Handle handle, long address) {
        long byteSize = table.byteSize(handle);
        try {
            addresses.freeAddress(address, byteSize);
        } finally { // no handle refers to it any more, whatever the allocator has to tell
            blocks.getAndDecrement();
            bytes.getAndAdd(-byteSize);
            table.release(handle);
        }
    }

    /**
     * The size of a block in bytes, as it was requested last.
     *
     * @throws StaleHandleException if the block was freed
     */
    public long byteSize(Handle handle) {
        table.pin(handle);
        long byteSize = table.byteSize(handle);
        unpin(handle);
        return byteSize;
    }

    /**
     * Changes the size of a block. The contents stay up to the smaller of both sizes. The handle stays.
     *
     * @param byteSize 0 to {@link #LARGEST_BLOCK}
     * @return false if the block is pinned, or there is no memory; then nothing changes
     * @throws IllegalArgumentException if the size is out of range
     * @throws StaleHandleException if the block was freed
     */
    public boolean tryResize(Handle handle, long byteSize) {
        requireOpen();
        requireSize(byteSize);
        return relocate(handle, byteSize, _ -> true, null) >= 0;
    }

    /**
     * Moves a block to a place that the allocator chooses now. The handle stays.
     *
     * @return false if the block is pinned, is resized at the same time, or there is no memory; then nothing changes
     * @throws StaleHandleException if the block was freed
     */
    public boolean tryMove(Handle handle) {
        requireOpen();
        return relocate(handle, -1, _ -> true, null) >= 0;
    }

    /**
     * Copies a block to a new place. The place is allocated before the block is taken alone, because the allocator may
     * call listeners meanwhile, which may use this heap.
     *
     * @param isWorthLeaving whether the address that it has now is worth leaving
     * @param byteSize its new size, or -1 to leave it
     * @param refused gets places that are worth leaving themselves; null if any place will do
     * @return its size before; -1 if it is pinned, or is not worth it, or there is no memory: then nothing changes
     */
    private long relocate(Handle handle, long byteSize, LongPredicate isWorthLeaving, @Nullable List<Place> refused) {
        long now = table.byteSizeUnlessPinned(handle);
        if (now < 0) {
            return -1;
        }
        long after = byteSize < 0 ? now : byteSize;
        long to = place(after);
        while (to != AddressAllocator.NULL && refused != null && isWorthLeaving.test(to)) {
            refused.add(new Place(to, after));
            to = place(after);
        }
        if (to == AddressAllocator.NULL) {
            return -1;
        }
        long from = 0;
        long before = -1;
        boolean isMoved = false;
        try {
            from = table.takeAlone(handle);
            before = from == 0 ? -1 : table.byteSize(handle);
            boolean isSame = byteSize >= 0 || before == after; // otherwise it was resized meanwhile
            if (from != 0 && isSame && isWorthLeaving.test(from)) {
                MemorySegment.copy(block(from, before), 0, block(to, after), 0, Math.min(before, after));
                isMoved = true;
            }
        } finally {
            if (from != 0) {
                table.leave(handle, isMoved ? to : from, isMoved ? after : before);
            }
            if (!isMoved) {
                addresses.freeAddress(to, after);
            }
        }
        if (!isMoved) {
            return -1;
        }
        bytes.getAndAdd(after - before);
        addresses.freeAddress(from, before);
        return before;
    }

    /**
     * Moves the block of an entry if it is worth it.
     *
     * @param refused gets places that were not better, for the caller to release later
     * @return its size, or -1 if it was not moved
     */
    long move(int entry, LongPredicate isWorthLeaving, List<Place> refused) {
        long address = table.addressAt(entry);
        if (address == 0 || !isWorthLeaving.test(address)) {
            return -1;
        }
        try {
            return relocate(table.handleAt(entry), -1, isWorthLeaving, refused);
        } catch (StaleHandleException e) {
            return -1; // freed meanwhile
        }
    }

    void release(Place place) {
        addresses.freeAddress(place.address(), place.byteSize());
    }

    /**
     * Adds a data structure that has blocks of the same allocator, without handles. A {@link Defragmentation} of this
     * heap asks it to move blocks, on the thread that runs the pass.
     *
     * @return removes it again
     * @throws IllegalStateException if this heap is closed
     */
    public Registration add(Relocatable holder) {
        requireOpen();
        return holders.add(holder);
    }

    List<Relocatable> holders() {
        return holders.now();
    }

    /** Entries of the table that were used at least once. */
    int entries() {
        return table.used();
    }

    Allocator allocator() {
        return allocator;
    }

    /**
     * Starts to move blocks out of sparse memory.
     *
     * @return a defragmentation that has done nothing yet
     */
    public Defragmentation defragment(Defragmentation.Strategy strategy) {
        requireOpen();
        return new Defragmentation(this, strategy, System::nanoTime);
    }

    /** Live blocks, and those that were freed while they are pinned. */
    public long liveBlocks() {
        return blocks.get();
    }

    /** Requested bytes of these blocks. */
    public long requestedBytes() {
        return bytes.get();
    }

    /** Bytes of the table of handles, on the Java heap. */
    public long tableBytes() {
        return table.byteSize();
    }

    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The heap is closed");
        }
    }

    /**
     * Frees all blocks. Those that are pinned are released with their last pin. Closing again does nothing.
     *
     * @throws RuntimeException what the allocator threw at a free, after all blocks were freed
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        Closing.range(table.used(), this::freeIfLive);
    }

    private void freeIfLive(int entry) {
        if (table.addressAt(entry) == 0) {
            return;
        }
        Handle handle = table.handleAt(entry);
        try {
            releaseIfLast(handle, table.free(handle));
        } catch (StaleHandleException e) {
            return; // another thread was faster
        }
    }
}
