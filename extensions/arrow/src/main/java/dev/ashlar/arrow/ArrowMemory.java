package dev.ashlar.arrow;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.Ashlar;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.AllocationOutcome;
import org.apache.arrow.memory.AllocationOutcomeDetails;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.rounding.RoundingPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The memory of Arrow's allocators from blocks of any Ashlar allocator. A buffer costs what its block costs, a look-up
 * of its Arrow allocator, and the objects that Arrow makes for it.
 *
 * {@snippet class="dev.ashlar.verification.shown.ArrowCodeTest" region="arrow"}
 *
 * <p><b>Limits.</b> All buffers count against {@link #limit()}. If a root allocator has the {@link #listener()}, each
 * of its children has a limit of its own in that tree, with the child's name and reservation. It counts the child's
 * buffers and has no maximum: Arrow itself enforces the maximum of a child, because {@link BufferAllocator#setLimit}
 * can change it. Before Arrow refuses a request, the refusal listeners of the limit of the full allocator are called.
 *
 * <p><b>Transfers.</b> Arrow does not tell when a buffer moves from one child to another. Such a buffer counts until it
 * is released against the limit of the child that allocated it, also if that child is closed. All limits above both
 * children have the right sum.
 *
 * <p><b>Rounding.</b> With {@link #rounding()} Arrow counts the same bytes as the limits do. Arrow's default rounds to
 * powers of two.
 *
 * <p>Safe for use by many threads.
 */
public final class ArrowMemory implements AutoCloseable {

    /** In bytes, what Arrow recommends for buffers. */
    private static final long ALIGNMENT = 64;

    private static @Nullable ArrowMemory shared;

    /** What is closed with this, if anything. */
    private final @Nullable Allocator owned;

    private final Share whole;

    /** The shares of open children. Other Arrow allocators have the share of the nearest one above them. */
    private final Map<BufferAllocator, Share> children = new ConcurrentHashMap<>();

    private ArrowMemory(@Nullable Allocator owned, Allocator view) {
        this.owned = owned;
        this.whole = Share.of(view);
    }

    /**
     * Memory of an allocator, which counts against a limit of the name {@code arrow} without a maximum. If the
     * allocator is a limited view, that limit is a child of the view's.
     *
     * @param allocator serves the blocks; the caller closes it afterwards
     * @throws IllegalArgumentException if the allocator does not have the capability {@link AddressAllocator}
     */
    public static ArrowMemory over(Allocator allocator) {
        return new ArrowMemory(null, Allocators.limited(allocator, "arrow", AllocationException.NO_LIMIT));
    }

    /**
     * Memory of an allocator, which counts against a limit.
     *
     * @param allocator serves the blocks; the caller closes it afterwards
     * @param limit what the buffers count against; the caller closes it
     * @throws IllegalArgumentException if the allocator does not have the capability {@link AddressAllocator}
     */
    public static ArrowMemory over(Allocator allocator, Limit limit) {
        return new ArrowMemory(null, Allocators.limited(allocator, limit));
    }

    /**
     * Memory of an allocator of the standard strategy, as its properties configure it. It is closed with this.
     *
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     */
    public static ArrowMemory standard() {
        Allocator allocator = Ashlar.allocator();
        return new ArrowMemory(allocator, Allocators.limited(allocator, "arrow", AllocationException.NO_LIMIT));
    }

    /**
     * The {@link #standard} memory of the process, which {@code new RootAllocator()} uses if {@code
     * ashlar-arrow-memory-core} is on the class path. It is made at the first call, and should not be closed.
     *
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     */
    public static synchronized ArrowMemory shared() {
        ArrowMemory memory = shared == null ? standard() : shared;
        shared = memory;
        return memory;
    }

    /**
     * A root allocator with {@link #factory()}, {@link #listener()} and {@link #rounding()}. Its maximum is that of
     * {@link #limit()}. The caller closes it.
     */
    public RootAllocator rootAllocator() {
        return new RootAllocator(RootAllocator.configBuilder()
                .allocationManagerFactory(factory())
                .listener(listener())
                .roundingPolicy(rounding())
                .maxAllocation(limit().limitBytes())
                .build());
    }

    /** Serves the buffers of any number of root allocators and their children. */
    public AllocationManager.Factory factory() {
        return new AllocationManager.Factory() {
            @Override
            public AllocationManager create(BufferAllocator accounting, long size) {
                return allocate(accounting, size);
            }

            @Override
            public ArrowBuf empty() {
                return new ArrowBuf(ReferenceManager.NO_OP, null, 0, AddressAllocator.NULL);
            }
        };
    }

    /**
     * Keeps the limits of children, and calls the refusal listeners of a limit before Arrow refuses a request. A child
     * for whose reservation a limit has no room is refused with {@link OutOfMemoryException}. Children that are made
     * with a listener of their own have no limits for their children.
     */
    public AllocationListener listener() {
        return new AllocationListener() {
            @Override
            public void onChildAdded(BufferAllocator parent, BufferAllocator child) {
                add(parent, child);
            }

            @Override
            public void onChildRemoved(BufferAllocator parent, BufferAllocator child) {
                Share share = children.remove(child);
                if (share != null) {
                    share.limit.close(); // transferred buffers may still count against it
                }
            }

            @Override
            public boolean onFailedAllocation(long size, AllocationOutcome outcome) {
                BufferAllocator full = outcome.getDetails()
                        .map(AllocationOutcomeDetails::getFailedAllocator)
                        .orElse(null);
                return full != null && limitOf(full).askListeners(missing(full, size));
            }
        };
    }

    /** Rounds to the size that a block really has. */
    public RoundingPolicy rounding() {
        return size -> whole.view.goodSize(size, ALIGNMENT);
    }

    /** What all buffers count against. */
    public Limit limit() {
        return whole.limit;
    }

    /**
     * What the buffers of an Arrow allocator count against: its own limit, or that of the nearest allocator above it
     * that has one.
     *
     * @param arrow a root allocator with this memory, or a child of one
     */
    public Limit limitOf(BufferAllocator arrow) {
        return shareOf(arrow).limit;
    }

    /** The figures of all buffers, as of {@link Allocators#limited(Allocator, Limit)}. Works after a close too. */
    public AllocatorStats stats() {
        return whole.view.stats();
    }

    /**
     * Ends the memory: requests throw {@link IllegalStateException}. Buffers that are live stay so, and can be
     * released, unless the allocator is a {@link #standard} one, which is closed too. Their number and bytes are logged
     * as a warning to the {@link System.Logger} named {@code dev.ashlar.leaks}, for all of them and for each child that
     * is not closed. Closing again does nothing.
     */
    @Override
    public void close() {
        children.values().forEach(share -> {
            share.view.close();
            share.limit.close();
        });
        children.clear();
        whole.view.close();
        if (owned != null) {
            owned.close();
        }
    }

    private ArrowBlock allocate(BufferAllocator accounting, long size) {
        AddressAllocator addresses = shareOf(accounting).addresses;
        long address = addresses.tryAllocateAddress(size, ALIGNMENT);
        if (address == AddressAllocator.NULL) {
            Refusal refusal = addresses.allocator().refusal(size, ALIGNMENT);
            throw new OutOfMemoryException(refusal.message());
        }
        try {
            return new ArrowBlock(accounting, addresses, address, size);
        } catch (RuntimeException | Error e) {
            addresses.freeAddress(address, size);
            throw e;
        }
    }

    private void add(BufferAllocator parent, BufferAllocator child) {
        try {
            children.put(child, shareOf(parent).child(child));
        } catch (AllocationException e) {
            child.close(); // Arrow has added it already
            throw new OutOfMemoryException(e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            child.close();
            throw e;
        }
    }

    private Share shareOf(BufferAllocator arrow) {
        for (BufferAllocator at = arrow; at != null; at = at.getParentAllocator()) {
            Share share = children.get(at);
            if (share != null) {
                return share;
            }
        }
        return whole;
    }

    /** By how many bytes the room of an Arrow allocator is too small. */
    private static long missing(BufferAllocator full, long size) {
        long room = Math.max(0, full.getLimit() - full.getAllocatedMemory());
        return Math.max(1, size - room); // other threads may have released in between
    }

    /** What an Arrow allocator allocates from. */
    private record Share(Limit limit, Allocator view, AddressAllocator addresses) {

        static Share of(Allocator view) {
            AddressAllocator addresses = view.as(AddressAllocator.class)
                    .orElseThrow(() -> new IllegalArgumentException("The " + view
                            + " has no raw addresses, which Arrow needs. Choose an allocator with the capability"
                            + " AddressAllocator."));
            return new Share(view.as(Limit.class).orElseThrow(), view, addresses);
        }

        Share child(BufferAllocator child) {
            String name = child.getName().isBlank() ? Refusal.UNNAMED : child.getName();
            Limit own = limit.child(name).reserved(child.getInitReservation()).build();
            return of(Allocators.limited(view, own));
        }
    }

    @Override
    public String toString() {
        return "Arrow memory, " + whole.limit;
    }
}
