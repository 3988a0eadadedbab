package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Quota;
import dev.ashlar.api.Resizable;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Charges the requested bytes of each block to an {@link Account}. Its promises: {@link Allocators#limited}. */
final class LimitedAllocator implements Allocator, Quota {

    private final Allocator upstream;
    final Account account;
    final Siblings siblings;
    private final Gate gate;
    private final Runnable onClose;

    LimitedAllocator(Allocator upstream, Account account) {
        this.upstream = upstream;
        this.account = account;
        this.siblings = new Siblings(upstream.as(Owner.class), account);
        this.gate = Gate.shared();
        this.onClose = account::reportLive;
    }

    /** A view of another limited view, over a view made for it, which is closed with it. */
    private LimitedAllocator(Allocator upstreamView, LimitedAllocator whole) {
        this.upstream = upstreamView;
        this.account = whole.account;
        this.siblings = whole.siblings;
        this.gate = whole.gate.confined();
        this.onClose = upstreamView::close;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        account.reserve(byteSize);
        return account.charge(byteSize, 1, () -> upstream.allocate(byteSize, byteAlignment));
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        requireUsable(byteSize, byteAlignment);
        account.reserve(byteSize);
        return account.charge(byteSize, 1, () -> upstream.allocate(byteSize, byteAlignment, hints));
    }

    @Override
    public MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        account.reserve(byteSize);
        return account.charge(byteSize, 1, () -> upstream.allocateZeroed(byteSize, byteAlignment));
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        return account.tryReserve(byteSize)
                ? account.<@Nullable MemorySegment>charge(
                        byteSize, 1, () -> upstream.tryAllocate(byteSize, byteAlignment))
                : null;
    }

    @Override
    public List<MemorySegment> allocateAll(long byteSize, long byteAlignment, int count) {
        requireUsable(byteSize, byteAlignment);
        if (count < 0) {
            throw new IllegalArgumentException("count is " + count + ", must be 0 or more");
        }
        boolean representable = count == 0 || byteSize <= Long.MAX_VALUE / count;
        long total = representable ? byteSize * count : Long.MAX_VALUE;
        account.reserve(total);
        return account.charge(total, count, () -> upstream.allocateAll(byteSize, byteAlignment, count));
    }

    @Override
    public List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        requireUsable(0, byteAlignment);
        long sum = 0;
        for (long byteSize : byteSizes) {
            Allocator.requireValid(byteSize, byteAlignment);
            sum = byteSize <= Long.MAX_VALUE - sum ? sum + byteSize : Long.MAX_VALUE;
        }
        long total = sum;
        account.reserve(total);
        return account.charge(total, byteSizes.length, () -> upstream.allocateAll(byteSizes, byteAlignment));
    }

    @Override
    public MemorySegment resize(MemorySegment block, long byteSize, long byteAlignment) {
        requireUsable(byteSize, byteAlignment);
        siblings.refuse(block);
        long growth = byteSize - block.byteSize();
        long reserved = Math.max(0, growth);
        account.reserve(reserved);
        MemorySegment resized = account.charge(reserved, 0, () -> upstream.resize(block, byteSize, byteAlignment));
        if (growth < 0) {
            account.release(-growth);
        }
        if (resized.address() != block.address()) {
            account.moved();
        }
        return resized;
    }

    @Override
    public void free(MemorySegment block) {
        gate.requireOpen();
        siblings.refuse(block);
        account.discharge(block.byteSize(), 1, () -> upstream.free(block));
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        gate.requireOpen();
        long total = blocks.stream().mapToLong(MemorySegment::byteSize).sum();
        siblings.refuse(blocks, total);
        account.discharge(total, blocks.size(), () -> upstream.freeAll(blocks));
    }

    @Override
    public AllocatorStats stats() {
        return account.stats(upstream.stats());
    }

    @Override
    public long trim() {
        gate.requireOpen();
        return upstream.trim();
    }

    @Override
    public long limitBytes() {
        return account.limitBytes();
    }

    @Override
    public long usedBytes() {
        return account.usedBytes();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability.isInstance(this)) {
            return Optional.of(capability.cast(this));
        }
        Optional<?> found = Optional.empty();
        if (capability == AddressAllocator.class) {
            found = upstream.as(AddressAllocator.class).map(addresses -> new LimitedAddresses(this, addresses));
        } else if (capability == Confinable.class) {
            found = upstream.as(Confinable.class).map(views -> (Confinable) () -> confined(views));
        } else if (capability == Owner.class) {
            found = siblings.owner(); // also for a confined view, whose blocks are those of the whole
        } else if (capability == Inspectable.class) {
            found = upstream.as(Inspectable.class).map(gate::inspectable);
        } else if (capability == Resizable.class) {
            found = upstream.as(Resizable.class).map(gate::resizable);
        }
        return found.map(capability::cast);
    }

    private Allocator confined(Confinable views) {
        gate.requireOpen();
        return new LimitedAllocator(views.confined(), this);
    }

    @Override
    public void close() {
        if (gate.shut()) {
            onClose.run();
        }
    }

    /** Lets a request through by rules 2, 5 and 9. */
    void requireUsable(long byteSize, long byteAlignment) {
        gate.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
    }
}
