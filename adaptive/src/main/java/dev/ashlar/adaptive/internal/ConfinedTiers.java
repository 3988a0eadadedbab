package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A view for one thread: it has confined views of the sub-allocators whose strategies have such, and uses the others as
 * they are. What is not the common case is the allocator's own.
 */
final class ConfinedTiers implements Allocator, AddressAllocator {

    private final TieredAllocator whole;

    /** The allocator's, or null if it has none; then this view is none of addresses either. */
    private final @Nullable AddressAllocator addresses;

    private final Thread thread = Thread.currentThread();

    /** By sub-allocator; those that have no views stand for themselves. */
    private final Map<SubAllocator, Allocator> views = new HashMap<>();

    /** The one that was needed last, and its view. */
    private @Nullable SubAllocator lastSub;

    private @Nullable Allocator lastView;
    private boolean closed;

    ConfinedTiers(TieredAllocator whole) {
        this.whole = whole;
        this.addresses = whole.as(AddressAllocator.class).orElse(null);
    }

    private Allocator viewOf(SubAllocator sub) {
        if (sub == lastSub && lastView != null) {
            return lastView;
        }
        Allocator view = views.computeIfAbsent(
                sub,
                one -> one.allocator
                        .as(Confinable.class)
                        .map(Confinable::confined)
                        .orElse(one.allocator));
        lastSub = sub;
        lastView = view;
        return view;
    }

    /** What serves a plain request, which is noted if requests are noted at this moment. */
    private SubAllocator route(long byteSize, long byteAlignment) {
        requireUsable();
        if (whole.sampling.isOn) {
            whole.sampling.note(byteSize, byteAlignment);
        }
        return whole.tiers.route(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        SubAllocator from = route(byteSize, byteAlignment);
        try {
            return viewOf(from).allocate(byteSize, byteAlignment);
        } catch (AllocationException e) {
            return whole.refusals.allocateAgain(from, byteSize, byteAlignment);
        }
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        SubAllocator from = route(byteSize, byteAlignment);
        MemorySegment block = viewOf(from).tryAllocate(byteSize, byteAlignment);
        return block != null ? block : whole.refusals.tryAgain(from, byteSize, byteAlignment);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        requireUsable();
        return whole.allocate(byteSize, byteAlignment, hints);
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        requireUsable();
        return whole.allocateAll(byteSizes, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        requireUsable();
        whole.free(block); // at once if it lies in the thread's reach
    }

    /** The allocator's, which free at once what lies in the thread's reach. */
    private AddressAllocator addresses() {
        requireUsable();
        return Objects.requireNonNull(addresses);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        return addresses().allocateAddress(byteSize, byteAlignment);
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return addresses().tryAllocateAddress(byteSize, byteAlignment);
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        addresses().freeAddress(address, byteSize);
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable();
        return whole.resize(block, byteSize, byteAlignment);
    }

    @Override
    public AllocatorStats stats() {
        requireThread();
        return whole.stats();
    }

    @Override
    public long trim() {
        requireUsable();
        return whole.trim();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability == Owner.class || capability == Inspectable.class) {
            return whole.as(capability);
        }
        return capability == AddressAllocator.class && addresses == null
                ? Optional.empty()
                : Allocator.super.as(capability);
    }

    private void requireThread() {
        if (Thread.currentThread() != thread) {
            throw new WrongThreadException(
                    "This view is confined to " + thread + " and was used by " + Thread.currentThread()
                            + ". Use the allocator that it is a view of, or take a view for this thread.");
        }
    }

    private void requireUsable() {
        requireThread();
        if (closed) {
            throw new IllegalStateException("This view is closed. Its blocks can still be freed upstream.");
        }
        whole.requireOpen();
    }

    @Override
    public void close() {
        requireThread();
        if (!closed) {
            closed = true;
            views.forEach((sub, view) -> {
                if (view != sub.allocator) {
                    view.close();
                }
            });
        }
    }
}
