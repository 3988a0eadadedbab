package dev.ashlar.api.compose;

import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.BlockTable.Entry;
import dev.ashlar.api.compose.BlockTable.Kind;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with an address that is freed and is no live block. It costs a walk over the table of blocks, and
 * asks upstream nothing that would change it.
 *
 * @param table the blocks
 * @param upstreamOwner knows whether an address lies in upstream's memory, if upstream can tell
 * @param back the bytes of the redzone behind a block
 */
record InvalidFrees(BlockTable table, Optional<Owner> upstreamOwner, ToLongFunction<Entry> back) {

    /** Why an address is no live block. */
    InvalidBlockException of(long address) {
        Entry former = table.former(address);
        Entry around = around(address);
        boolean isHeld = (around != null && around.kind() != Kind.FREE) || isHeld(address, former);
        if (around != null && (isClients(around) || (former == null && isHeld))) {
            return withSites(noBlockStart(address, around), around.note());
        }
        BlockNote note = former == null ? null : former.note();
        if (!isHeld) {
            InvalidBlockException foreign = InvalidBlockException.foreign(address);
            String before = former == null ? "" : "A block of " + former.byteSize() + " bytes was freed here before.";
            return before.isEmpty() ? foreign : withSites(foreign.withDetail(before), note);
        }
        if (former == null && upstreamOwner.isPresent() && upstreamOwner.get().isLive(address)) {
            return InvalidBlockException.foreign(address)
                    .withDetail("It is live upstream, but was not allocated through this view.");
        }
        return withSites(InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE), note);
    }

    /** Whether a client has the block, or frees it at this moment, such as in the same batch. */
    private static boolean isClients(Entry entry) {
        return entry.kind() == Kind.LIVE || entry.kind() == Kind.BUSY;
    }

    /** Whether upstream holds the memory. It may know a large block by its start only. */
    private boolean isHeld(long address, @Nullable Entry former) {
        if (former != null && (former.kind() != Kind.FREE || upstreamOwner.isEmpty())) {
            return true;
        }
        long base = former == null ? address : address - former.front();
        return upstreamOwner.isPresent()
                && (upstreamOwner.get().owns(address) || upstreamOwner.get().owns(base));
    }

    private static InvalidBlockException noBlockStart(long address, Entry around) {
        long start = around.address();
        if (address > start && address - start < around.byteSize()) {
            return InvalidBlockException.noBlockStart(address, InvalidBlockException.UNKNOWN_SIZE, start);
        }
        long base = address < start ? start - around.front() : start;
        return InvalidBlockException.noBlockStart(address, InvalidBlockException.UNKNOWN_SIZE, base)
                .withDetail("The address is in the redzone of the block at 0x" + Long.toHexString(start) + ".");
    }

    /**
     * The block in whose bytes or redzones an address lies, but does not start: one that a client has if there is one,
     * or null.
     */
    private @Nullable Entry around(long address) {
        @Nullable Entry[] found = new @Nullable Entry[1];
        table.forEach(entry -> {
            long start = entry.address();
            boolean holds = address != start
                    && address >= start - entry.front()
                    && address - start < entry.byteSize() + back.applyAsLong(entry);
            if (holds && (found[0] == null || isClients(entry)) && entry.isUnchanged()) {
                found[0] = entry;
            }
        });
        return found[0];
    }

    /** The same refusal with what is known of a block, if anything is. */
    static InvalidBlockException withSites(InvalidBlockException refusal, @Nullable BlockNote note) {
        if (note == null || note.allocated == null) {
            return refusal;
        }
        CallSite freed = note.freed;
        return refusal.withDetail("The block was allocated at " + note.allocated
                + (freed == null ? "." : ", and freed at " + freed + "."));
    }
}
