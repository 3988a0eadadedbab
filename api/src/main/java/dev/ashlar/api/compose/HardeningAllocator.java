package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.compose.BlockTable.Entry;
import dev.ashlar.api.compose.BlockTable.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks the blocks of an allocator. Contract: {@link Allocators#hardening}. */
final class HardeningAllocator implements Allocator, Hardened {

    /** What is added to a block, in messages. */
    private static final String ADDED = "redzones";

    private final UpstreamSide upstream;
    private final HardenedBlocks blocks;
    private final Optional<Owner> owner;
    private final ViewLifecycle lifecycle;

    /** What happens at the close of a view; null if this owns upstream, which is then closed. */
    private final @Nullable Runnable onClose;

    private HardeningAllocator(UpstreamSide upstream, HardenedBlocks blocks, @Nullable Runnable onClose) {
        this.upstream = upstream;
        this.blocks = blocks;
        this.owner = upstream.allocator().as(Owner.class).map(one -> new ClientOwner(one, blocks));
        this.lifecycle = ViewLifecycle.shared();
        this.onClose = onClose;
    }

    /** A view of an allocator. */
    static Allocator over(Allocator upstream, Hardening hardening) {
        UpstreamSide side = UpstreamSide.of(upstream);
        HardenedBlocks blocks = new HardenedBlocks(hardening, side);
        return new HardeningAllocator(side, blocks, () -> blocks.close(side));
    }

    /** An allocator that closes the one underneath when it is closed. */
    static Allocator owning(Allocator upstream, Hardening hardening) {
        UpstreamSide side = UpstreamSide.of(upstream);
        return new HardeningAllocator(side, new HardenedBlocks(hardening, side), null);
    }

    /** A view of the whole, over a confined view of upstream, which was made for it and is closed with it. */
    private HardeningAllocator(Allocator upstreamView, HardeningAllocator whole) {
        this.upstream = UpstreamSide.of(upstreamView);
        this.blocks = whole.blocks;
        this.owner = whole.owner;
        this.lifecycle = whole.lifecycle.confined();
        this.onClose = upstreamView::close;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return tryAllocate(byteSize, byteAlignment, AllocationHints.NONE);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return tryAllocate(byteSize, byteAlignment, hints, blocks.isGuardDue());
    }

    private @Nullable MemorySegment tryAllocate(
            long byteSize, long byteAlignment, AllocationHints hints, boolean guarded) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
        MemorySegment block = guarded ? ask(byteSize, byteAlignment, hints, true) : null;
        return block == null ? served(() -> ask(byteSize, byteAlignment, hints, false)) : block;
    }

    private @Nullable MemorySegment ask(long byteSize, long byteAlignment, AllocationHints hints, boolean guarded) {
        long front = blocks.front(byteAlignment, guarded);
        long innerSize = blocks.innerSize(byteSize, front, guarded);
        long innerAlignment = blocks.innerAlignment(byteAlignment, front);
        Allocator from = upstream.allocator();
        MemorySegment memory = hints.equals(AllocationHints.NONE)
                ? from.tryAllocate(innerSize, innerAlignment)
                : from.tryAllocate(innerSize, innerAlignment, hints);
        return memory == null ? null : added(memory, byteSize, front, guarded);
    }

    /** The client's block in a new block of upstream. */
    private MemorySegment added(MemorySegment memory, long byteSize, long front, boolean guarded) {
        try {
            blocks.add(memory.address(), memory, byteSize, front, guarded);
        } catch (RuntimeException | Error e) { // such as a lack of heap memory for the table
            upstream.allocator().free(memory);
            throw e;
        }
        return memory.asSlice(front, byteSize);
    }

    /** The address of a client's block, or {@link AddressAllocator#NULL}. */
    long tryAllocateAddress(AddressAllocator addresses, long byteSize, long byteAlignment) {
        boolean guarded = blocks.isGuardDue();
        if (guarded || blocks.needsMemory(false)) {
            MemorySegment block = tryAllocate(byteSize, byteAlignment, AllocationHints.NONE, guarded);
            return block == null ? AddressAllocator.NULL : block.address();
        }
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
        Long address = served(() -> {
            long asked = addresses.tryAllocateAddress(byteSize, byteAlignment);
            return asked == AddressAllocator.NULL ? null : asked;
        });
        if (address == null) {
            return AddressAllocator.NULL;
        }
        blocks.add(address, null, byteSize, 0, false);
        return address;
    }

    /**
     * Asks upstream, and if it refuses, once more without the memory that is in quarantine. So a request is refused
     * only if it was tried while nothing was there. Counts a refusal.
     */
    private <B> @Nullable B served(Supplier<@Nullable B> request) {
        while (true) {
            long evictions = blocks.quarantine.evictions();
            B served = request.get();
            if (served != null) {
                return served;
            }
            blocks.emptyQuarantine(upstream, blocks.hardening::report);
            blocks.quarantine.awaitOthers();
            if (blocks.quarantine.evictions() == evictions) {
                blocks.counts.refused();
                return null;
            }
        }
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment, count);
        long front = blocks.front(byteAlignment, false);
        long innerSize = blocks.innerSize(byteSize, front, false);
        List<MemorySegment> memories = served(() ->
                upstream.allocator().tryAllocateAll(innerSize, blocks.innerAlignment(byteAlignment, front), count));
        long[] byteSizes = new long[memories == null ? 0 : count];
        Arrays.fill(byteSizes, byteSize);
        return memories == null ? null : added(memories, byteSizes, front);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSizes, byteAlignment);
        long front = blocks.front(byteAlignment, false);
        long[] innerSizes = innerSizes(byteSizes, front);
        List<MemorySegment> memories = served(
                () -> upstream.allocator().tryAllocateAll(innerSizes, blocks.innerAlignment(byteAlignment, front)));
        return memories == null ? null : added(memories, byteSizes, front);
    }

    private long[] innerSizes(long[] byteSizes, long front) {
        return Arrays.stream(byteSizes)
                .map(byteSize -> blocks.innerSize(byteSize, front, false))
                .toArray();
    }

    private List<MemorySegment> added(List<MemorySegment> memories, long[] byteSizes, long front) {
        List<MemorySegment> added = new ArrayList<>(memories.size());
        try {
            for (int i = 0; i < byteSizes.length; i++) {
                added.add(added(memories.get(i), byteSizes[i], front, false));
            }
        } catch (RuntimeException | Error e) {
            added.forEach(this::free);
            memories.stream().skip(added.size() + 1L).forEach(upstream.allocator()::free);
            throw e;
        }
        return added;
    }

    /** Always moves the block, so that a use of the old address is found. */
    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        lifecycle.requireOpen();
        Allocator.requireValid(byteSize, byteAlignment);
        upstream.requireOpen();
        Entry entry = blocks.claim(block.address(), block.byteSize());
        MemorySegment resized = null;
        boolean copied = false;
        try {
            Finding finding = blocks.writtenAround(entry, blocks.memoryOf(entry, upstream));
            if (finding != null) {
                throw new CorruptedBlockException(finding);
            }
            resized = tryAllocate(byteSize, byteAlignment);
            if (resized != null) {
                MemorySegment.copy(block, 0, resized, 0, Math.min(block.byteSize(), byteSize));
                copied = true;
            }
        } finally {
            if (!copied) {
                entry.become(Kind.LIVE);
                if (resized != null) {
                    free(resized);
                }
            }
        }
        return resized == null ? null : afterFree(entry, resized);
    }

    /** Frees the old block of a resize. If that fails the new one is freed too. */
    private MemorySegment afterFree(Entry old, MemorySegment resized) {
        try {
            Finding finding = blocks.free(old, upstream);
            if (finding != null) { // written since the check
                blocks.hardening.report(finding);
            }
        } catch (RuntimeException | Error e) {
            free(resized);
            throw e;
        }
        return resized;
    }

    @Override
    public void free(MemorySegment block) {
        free(block.address(), block.byteSize());
    }

    /** Frees the block at an address. */
    void free(long address, long byteSize) {
        lifecycle.requireOpenToFrees();
        upstream.requireOpen();
        Finding finding = blocks.free(blocks.claim(address, byteSize), upstream);
        if (finding != null) {
            throw new CorruptedBlockException(finding);
        }
    }

    /** Claims all blocks first, so that all or none are freed, whatever other threads free. */
    @Override
    public void freeAll(Collection<MemorySegment> batch) {
        lifecycle.requireOpenToFrees();
        upstream.requireOpen();
        MemorySegment twice = Allocator.listedTwice(batch);
        if (twice != null) {
            blocks.counts.invalidFree();
            throw InvalidBlockException.freedTwice(twice.address(), InvalidBlockException.UNKNOWN_SIZE);
        }
        RuntimeException failure = null;
        for (Entry entry : claimAll(batch)) {
            try {
                Finding finding = blocks.free(entry, upstream);
                if (finding != null) {
                    throw new CorruptedBlockException(finding);
                }
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private List<Entry> claimAll(Collection<MemorySegment> batch) {
        List<Entry> claimed = new ArrayList<>(batch.size());
        try {
            for (MemorySegment block : batch) {
                claimed.add(blocks.claim(block.address(), block.byteSize()));
            }
        } catch (RuntimeException | Error e) {
            claimed.forEach(entry -> entry.become(Kind.LIVE));
            throw e;
        }
        return claimed;
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        long front = blocks.front(byteAlignment, false);
        long innerSize = blocks.innerSize(byteSize, front, false);
        return upstream.allocator()
                .refusal(innerSize, blocks.innerAlignment(byteAlignment, front))
                .forClient(byteSize, innerSize - byteSize, ADDED);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        Allocator.requireValid(byteSize, byteAlignment, count);
        long front = blocks.front(byteAlignment, false);
        long innerSize = blocks.innerSize(byteSize, front, false);
        long total = count == 0 || byteSize <= Long.MAX_VALUE / count ? byteSize * count : Long.MAX_VALUE;
        return upstream.allocator()
                .refusal(innerSize, blocks.innerAlignment(byteAlignment, front), count)
                .forClient(total, innerSize - byteSize, ADDED);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(byteSizes, byteAlignment);
        long front = blocks.front(byteAlignment, false);
        return upstream.allocator()
                .refusal(innerSizes(byteSizes, front), blocks.innerAlignment(byteAlignment, front))
                .forClient(Allocator.sum(byteSizes), blocks.innerSize(0, front, false), ADDED);
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        boolean guarded = blocks.hardening.guardEvery == 1;
        long front = blocks.front(byteAlignment, guarded);
        long innerSize = blocks.innerSize(byteSize, front, guarded);
        long good = upstream.allocator().goodSize(innerSize, blocks.innerAlignment(byteAlignment, front));
        return byteSize + (good - innerSize);
    }

    @Override
    public AllocatorStats stats() {
        return blocks.stats(upstream.allocator().stats());
    }

    @Override
    public long trim() {
        lifecycle.requireOpen();
        Allocator from = upstream.allocator();
        if (blocks.quarantine.heldBytes() == 0) {
            return from.trim();
        }
        long before = from.stats().committedBytes();
        blocks.emptyQuarantine(upstream, blocks.hardening::report);
        return Math.max(0, before - from.stats().committedBytes()) + from.trim();
    }

    @Override
    public List<Finding> check() {
        lifecycle.requireOpen();
        upstream.requireOpen();
        List<Finding> findings = new ArrayList<>();
        blocks.emptyQuarantine(upstream, findings::add);
        findings.addAll(blocks.findingsAroundLiveBlocks(upstream));
        return findings;
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability == Owner.class) {
            return owner.map(capability::cast); // for a confined view too: the blocks are the whole's
        }
        if (capability == Limit.class) {
            return upstream.allocator().as(capability);
        }
        if (capability == Inspectable.class) {
            return upstream.allocator()
                    .as(Inspectable.class)
                    .map(one -> lifecycle.inspectable(visitor -> one.inspect(blocks.asClients(visitor))))
                    .map(capability::cast);
        }
        return lifecycle.capability(
                capability,
                this,
                upstream.allocator(),
                addresses -> new HardenedAddresses(this, addresses),
                view -> new HardeningAllocator(view, this));
    }

    /** The live block at an address, or null. */
    @Nullable MemorySegment blockAt(AddressAllocator addresses, long address, long byteSize) {
        Entry entry = blocks.live(address);
        if (entry == null || entry.byteSize() != byteSize) {
            return null;
        }
        long front = entry.front();
        long innerSize = blocks.innerSize(byteSize, front, entry.isGuarded());
        MemorySegment memory = addresses.blockAt(address - front, innerSize);
        return memory == null || !entry.isUnchanged() ? null : memory.asSlice(front, byteSize);
    }

    boolean isLive(long address) {
        return blocks.live(address) != null;
    }

    @Override
    public boolean isClosed() {
        return lifecycle.isClosed() || upstream.allocator().isClosed();
    }

    @Override
    public void close() {
        if (onClose == null) {
            closeUpstream();
        } else if (lifecycle.close()) {
            onClose.run();
        }
    }

    /**
     * The quarantine is checked while its memory is there. Upstream may refuse to close while it is held; then nothing
     * is closed. Or it may close in part, and again later.
     */
    private void closeUpstream() {
        Allocator owned = upstream.allocator();
        if (!owned.isClosed()) {
            blocks.emptyQuarantine(upstream, blocks.hardening::report);
        }
        try {
            owned.close();
        } finally {
            if (owned.isClosed() && lifecycle.close()) {
                blocks.close(upstream);
            }
        }
    }

    @Override
    public String toString() {
        return "hardened view of " + upstream.allocator() + ", " + blocks.hardening;
    }

    /** Throws if an invariant does not hold. For use while no other thread uses the allocator. */
    void checkInvariants() {
        blocks.checkInvariants();
    }

    /** Knows the client's blocks. */
    private record ClientOwner(Owner upstream, HardenedBlocks blocks) implements Owner {

        @Override
        public boolean owns(long address) {
            return blocks.holds(address) || upstream.owns(address);
        }

        @Override
        public boolean isLive(long address) {
            return blocks.live(address) != null;
        }

        @Override
        public long allocatedSize(long address) {
            return blocks.allocatedSize(upstream, address);
        }
    }
}
