package dev.ashlar.api.compose;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.BlockTable.Entry;
import dev.ashlar.api.compose.BlockTable.Kind;
import dev.ashlar.api.compose.Hardening.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a hardened allocator, which its confined views share. A block of the client lies in a larger block of
 * upstream:
 *
 * <pre>
 * upstream's block           client's block
 * | canaries: front bytes    | byteSize bytes | canaries: back bytes |
 * </pre>
 *
 * <p>The front is the redzone or the alignment, whichever is larger, so that both blocks are aligned. The back has no
 * gap, so that an overrun by one byte is seen. At the level {@link Level#SIZES} both are 0.
 *
 * <p><b>Concurrency.</b> A thread works on a block that it has claimed in the {@link BlockTable}, or got from upstream
 * and not yet added to it, or taken out of the {@link Quarantine}. So no two threads write to one redzone or free one
 * block. The table has no block that upstream has taken back, except for the moment in which it is claimed.
 */
final class HardenedBlocks {

    /** The redzone of a guarded block: a page, which also covers a write that misses by an element of an array. */
    static final int GUARD = 4096;

    final Hardening hardening;
    final HardeningCounts counts = new HardeningCounts();
    final Quarantine quarantine;
    private final BlockTable table;
    private final Optional<Owner> upstreamOwner;
    private final InvalidFrees refusals;

    /** Whether upstream's segments are kept, because they cannot be found by their addresses. */
    private final boolean keepsMemory;

    /** Whether the bytes of each block are written or checked. */
    private final boolean needsMemory;

    /** The largest front so far. Only grows; a lost update is repeated with the next such block. */
    private volatile long largestFront;

    /** Whether freed blocks are not quarantined any more. */
    private volatile boolean closed;

    HardenedBlocks(Hardening hardening, UpstreamSide upstream) {
        this.hardening = hardening;
        needsMemory = hardening.level != Level.SIZES || hardening.zeroing;
        keepsMemory = upstream.addresses() == null;
        table = new BlockTable(keepsMemory || hardening.level == Level.FULL || hardening.guardEvery > 0);
        quarantine = new Quarantine(hardening.quarantineBytes);
        upstreamOwner = upstream.allocator().as(Owner.class);
        refusals = new InvalidFrees(table, upstreamOwner, entry -> redzone(entry.isGuarded()));
    }

    /** Whether the next block is to be guarded. */
    boolean isGuardDue() {
        int every = hardening.guardEvery;
        return every > 0 && ThreadLocalRandom.current().nextInt(every) == 0;
    }

    private boolean isFull(boolean guarded) {
        return guarded || hardening.level == Level.FULL;
    }

    /** Bytes before a block. */
    long front(long byteAlignment, boolean guarded) {
        long redzone = redzone(guarded);
        return redzone == 0 ? 0 : Math.max(redzone, byteAlignment);
    }

    private long redzone(boolean guarded) {
        if (guarded) {
            return GUARD;
        }
        return hardening.level == Level.SIZES ? 0 : hardening.redzoneBytes;
    }

    /** The size of upstream's block, or a size that no machine has. */
    long innerSize(long byteSize, long front, boolean guarded) {
        long added = front + redzone(guarded); // at most 2^62 and a page
        return byteSize > Long.MAX_VALUE - added ? Long.MAX_VALUE : byteSize + added;
    }

    private long innerSize(Entry entry) {
        return innerSize(entry.byteSize(), entry.front(), entry.isGuarded());
    }

    /** The alignment of upstream's block. Canaries are written in words. */
    long innerAlignment(long byteAlignment, long front) {
        return front == 0 ? byteAlignment : Math.max(byteAlignment, Long.BYTES);
    }

    /** Whether a block's memory must be known when it is added. */
    boolean needsMemory(boolean guarded) {
        return needsMemory || guarded;
    }

    /**
     * Adds a block that upstream has just handed out.
     *
     * @param base where upstream's block starts
     * @param memory upstream's block, not null if {@link #needsMemory(boolean)}
     */
    void add(long base, @Nullable MemorySegment memory, long byteSize, long front, boolean guarded) {
        boolean full = isFull(guarded);
        if (memory != null && front > 0) {
            Redzone.write(memory, 0, front);
            Redzone.write(memory, front + byteSize, memory.byteSize());
        }
        if (memory != null && full) {
            memory.asSlice(front, byteSize).fill(Hardening.ALLOCATED);
        }
        BlockNote note = full || keepsMemory ? new BlockNote(memory, full ? here() : null) : null;
        if (front > largestFront) {
            largestFront = front;
        }
        dropStale(base + front);
        table.add(base + front, byteSize, front, guarded, note);
        counts.allocated(byteSize, front, innerSize(byteSize, front, guarded));
    }

    /** Forgets a block that was freed upstream directly, because upstream has handed out its address again. */
    private void dropStale(long address) {
        Entry stale = table.live(address);
        if (stale != null && stale.claim()) {
            counts.freed(stale.byteSize(), stale.front());
            counts.released(innerSize(stale));
            forget(stale);
        }
    }

    private CallSite here() {
        return CallSite.here(hardening.siteFrames);
    }

    /**
     * Claims a live block, so that no other thread frees it.
     *
     * @throws InvalidBlockException if it is no live block of that size; nothing changes
     */
    Entry claim(long address, long byteSize) {
        while (true) {
            Entry entry = table.live(address);
            if (entry == null) {
                counts.invalidFree();
                throw refusals.of(address);
            }
            long requested = entry.byteSize();
            BlockNote note = entry.note();
            if (requested == byteSize) {
                if (entry.claim()) {
                    return entry;
                }
            } else if (entry.isUnchanged()) {
                counts.invalidFree();
                throw InvalidFrees.withSites(InvalidBlockException.otherSize(address, byteSize, requested), note);
            }
        }
    }

    /** The live block of an address, or null. */
    @Nullable Entry live(long address) {
        return table.live(address);
    }

    /** Whether a block of a client starts at an address and has memory, perhaps in quarantine. */
    boolean holds(long address) {
        if (table.live(address) != null) {
            return true;
        }
        Entry former = table.former(address);
        return former != null && former.kind() != Kind.FREE;
    }

    /**
     * What a live block of a client takes upstream, from its start on, or {@link InvalidBlockException#UNKNOWN_SIZE}.
     */
    long allocatedSize(Owner owner, long address) {
        Entry entry = table.live(address);
        if (entry == null) {
            return InvalidBlockException.UNKNOWN_SIZE;
        }
        long inner = owner.allocatedSize(address - entry.front());
        return inner == InvalidBlockException.UNKNOWN_SIZE ? inner : inner - entry.front();
    }

    /** Upstream's memory of a claimed or live block, or null if nothing is written to it or it is gone. */
    @Nullable MemorySegment memoryOf(Entry entry, UpstreamSide upstream) {
        BlockNote note = entry.note();
        if (note != null && note.memory != null) {
            return note.memory;
        }
        return needsMemory(entry.isGuarded())
                ? upstream.memoryAt(entry.address() - entry.front(), innerSize(entry))
                : null;
    }

    /** What was written around a claimed or live block, or null. */
    @Nullable Finding writtenAround(Entry entry, @Nullable MemorySegment memory) {
        long front = entry.front();
        if (memory == null || front == 0) {
            return null;
        }
        long behind = front + entry.byteSize();
        long before = Redzone.changed(memory, 0, front);
        if (before >= 0) {
            return finding(Finding.Kind.UNDERRUN, entry, memory, before, front);
        }
        long after = Redzone.changed(memory, behind, memory.byteSize());
        return after < 0 ? null : finding(Finding.Kind.OVERRUN, entry, memory, after, memory.byteSize());
    }

    private @Nullable Finding writtenAfterFree(Entry entry, MemorySegment memory) {
        long front = entry.front();
        long behind = front + entry.byteSize();
        long before = Redzone.changed(memory, 0, front);
        long inside = before >= 0
                ? before
                : front + Redzone.changedFill(memory.asSlice(front, entry.byteSize()), hardening.zeroing);
        long at = inside >= front || before >= 0 ? inside : Redzone.changed(memory, behind, memory.byteSize());
        return at < 0 ? null : finding(Finding.Kind.WRITE_AFTER_FREE, entry, memory, at, memory.byteSize());
    }

    private static Finding finding(Finding.Kind kind, Entry entry, MemorySegment memory, long from, long to) {
        BlockNote note = entry.note();
        return new Finding(
                kind,
                entry.address(),
                entry.byteSize(),
                from - entry.front(),
                Redzone.shown(memory, from, to),
                Optional.ofNullable(note == null ? null : note.allocated).map(CallSite::toString),
                Optional.ofNullable(note == null ? null : note.freed).map(CallSite::toString));
    }

    /**
     * Frees a claimed block: into the quarantine, or upstream.
     *
     * @return what was written around it, or null
     */
    @Nullable Finding free(Entry entry, UpstreamSide upstream) {
        boolean full = isFull(entry.isGuarded());
        BlockNote note = entry.note();
        if (full && note != null) {
            note.freed = here();
        }
        Finding finding;
        MemorySegment memory;
        try {
            memory = memoryOf(entry, upstream);
            finding = writtenAround(entry, memory);
            if (memory != null && (hardening.zeroing || full)) {
                memory.asSlice(entry.front(), entry.byteSize()).fill(hardening.zeroing ? 0 : Hardening.FREED);
            }
        } catch (RuntimeException | Error e) { // upstream was closed meanwhile
            keepLive(entry);
            throw e;
        }
        if (full && memory != null && finding == null && isQuarantined(entry, memory, upstream)) {
            return null;
        }
        release(entry, memory, upstream);
        return finding;
    }

    private static void keepLive(Entry entry) {
        BlockNote note = entry.note();
        if (note != null) {
            note.freed = null;
        }
        entry.become(Kind.LIVE);
    }

    /** Quarantines a claimed block, if there is room. */
    private boolean isQuarantined(Entry entry, MemorySegment memory, UpstreamSide upstream) {
        if (closed) {
            return false;
        }
        long base = memory.address();
        long allocated = upstreamOwner.map(owner -> owner.allocatedSize(base)).orElse(memory.byteSize());
        Quarantine.Held held = new Quarantine.Held(
                entry, memory, allocated == InvalidBlockException.UNKNOWN_SIZE ? memory.byteSize() : allocated);
        long byteSize = entry.byteSize();
        long front = entry.front();
        List<Finding> findings = new ArrayList<>(0);
        entry.become(Kind.QUARANTINED);
        boolean isHeld = quarantine.add(held, one -> evict(one, upstream, findings));
        if (isHeld) {
            counts.freed(byteSize, front);
        } else {
            entry.claim(); // no other thread can have claimed it: it is not live, and not in the quarantine
        }
        findings.forEach(hardening::report);
        if (isHeld && closed) {
            emptyQuarantine(upstream, hardening::report);
        }
        return isHeld;
    }

    /** Gives the memory of a claimed block back. If upstream refuses because of a foreign call, the block is live. */
    private void release(Entry entry, @Nullable MemorySegment memory, UpstreamSide upstream) {
        long base = entry.address() - entry.front();
        long byteSize = entry.byteSize();
        long front = entry.front();
        long innerSize = innerSize(entry);
        RuntimeException refusal = null;
        try {
            upstream.free(base, innerSize, memory);
        } catch (RuntimeException e) {
            if (isLiveUpstream(base)) {
                keepLive(entry);
                throw e;
            }
            refusal = e;
        }
        forget(entry);
        counts.freed(byteSize, front);
        counts.released(innerSize);
        if (refusal != null) {
            throw refusal;
        }
    }

    private static void forget(Entry entry) {
        BlockNote note = entry.note();
        if (note != null) {
            note.memory = null;
        }
        entry.become(Kind.FREE);
    }

    private boolean isLiveUpstream(long base) {
        return upstreamOwner.isPresent() && upstreamOwner.get().isLive(base);
    }

    /**
     * Checks a block that was taken out of the quarantine, and gives its memory back.
     *
     * @return false if upstream cannot take it now
     */
    private boolean evict(Quarantine.Held held, UpstreamSide upstream, List<Finding> findings) {
        Entry entry = held.entry();
        MemorySegment memory = held.memory();
        Finding finding = null;
        if (!upstream.allocator().isClosed() && memory.scope().isAlive()) {
            try {
                finding = writtenAfterFree(entry, memory);
                upstream.free(memory.address(), memory.byteSize(), memory);
            } catch (IllegalStateException e) {
                if (isLiveUpstream(memory.address())) {
                    return false; // a foreign call uses its memory
                }
            } catch (InvalidBlockException e) {
                // it was freed through upstream, and is not ours any more
            }
        }
        entry.claim(); // no other thread claims what is quarantined
        counts.released(memory.byteSize());
        forget(entry);
        if (finding != null) {
            findings.add(finding);
        }
        return true;
    }

    /**
     * Checks all blocks in quarantine, and gives their memory back.
     *
     * @param receiver gets the findings at the end, so that it may use the allocator
     */
    void emptyQuarantine(UpstreamSide upstream, Consumer<Finding> receiver) {
        List<Finding> findings = new ArrayList<>(0);
        quarantine.empty(held -> evict(held, upstream, findings));
        findings.forEach(receiver);
    }

    /** Ends the quarantine. */
    void close(UpstreamSide upstream) {
        closed = true;
        emptyQuarantine(upstream, hardening::report);
    }

    /** What was written around live blocks. */
    List<Finding> findingsAroundLiveBlocks(UpstreamSide upstream) {
        List<Finding> findings = new ArrayList<>();
        table.forEach(entry -> {
            if (entry.kind() == Kind.LIVE && entry.front() > 0) {
                Finding finding = null;
                try {
                    finding = writtenAround(entry, memoryOf(entry, upstream));
                } catch (IllegalStateException | IndexOutOfBoundsException e) {
                    // it was freed meanwhile, and perhaps another block is there
                }
                if (finding != null && entry.isUnchanged()) {
                    findings.add(finding);
                }
            }
        });
        return findings;
    }

    /** Passes a walk over upstream on, as the client's blocks. */
    Inspectable.Visitor asClients(Inspectable.Visitor visitor) {
        return new HardenedWalk(visitor, table, largestFront, quarantine.addresses());
    }

    AllocatorStats stats(AllocatorStats upstream) {
        return counts.stats(upstream, quarantine.allocatedBytes(), table.byteSize());
    }

    /** Throws if table, counts and quarantine do not agree. For use while no other thread uses the allocator. */
    void checkInvariants() {
        long[] found = new long[3];
        table.forEach(entry -> {
            found[0] += entry.kind() == Kind.LIVE ? 1 : 0;
            found[1] += entry.kind() == Kind.QUARANTINED ? innerSize(entry) : 0;
            found[2] += entry.kind() == Kind.BUSY ? 1 : 0;
        });
        AllocatorStats stats = stats(AllocatorStats.ZERO);
        if (found[0] != stats.liveBlocks()
                || found[1] != quarantine.heldBytes()
                || quarantine.heldBytes() > hardening.quarantineBytes
                || found[2] != 0) {
            throw new AssertionError(Arrays.toString(found) + " live, quarantined bytes and busy; " + stats + ", "
                    + quarantine.heldBytes() + " bytes in quarantine");
        }
    }
}
