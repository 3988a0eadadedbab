package dev.ashlar.api.compose;

import dev.ashlar.api.Inspectable;
import dev.ashlar.api.compose.BlockTable.Entry;
import dev.ashlar.api.compose.BlockTable.Kind;
import java.util.Arrays;

/** A walk over upstream that shows the blocks of the client: from their own start on, without those in quarantine. */
final class HardenedWalk implements Inspectable.Visitor {

    private final Inspectable.Visitor visitor;
    private final BlockTable table;
    private final long largestFront;
    private final long[] quarantined;

    /**
     * A walk that has not begun.
     *
     * @param visitor sees the blocks of the client
     * @param table the blocks
     * @param largestFront the largest front of any block
     * @param quarantined where upstream's blocks in quarantine start, in order
     */
    HardenedWalk(Inspectable.Visitor visitor, BlockTable table, long largestFront, long[] quarantined) {
        this.visitor = visitor;
        this.table = table;
        this.largestFront = largestFront;
        this.quarantined = quarantined;
    }

    @Override
    public void part(String name) {
        visitor.part(name);
    }

    @Override
    public void chunk(long address, long byteSize) {
        visitor.chunk(address, byteSize);
    }

    @Override
    public void slab(long address, long byteSize, long slotSize, int liveSlots) {
        int notLive = placeOf(address + byteSize) - placeOf(address);
        visitor.slab(address, byteSize, slotSize, Math.max(0, liveSlots - notLive));
    }

    /** How many quarantined blocks start before an address. */
    private int placeOf(long address) {
        int place = Arrays.binarySearch(quarantined, address);
        return place < 0 ? -place - 1 : place;
    }

    @Override
    public void live(long address, long byteSize) {
        Entry entry = table.ofUpstream(address, largestFront);
        if (entry == null) {
            visitor.live(address, byteSize); // of another client of upstream
        } else if (entry.kind() == Kind.LIVE) {
            visitor.live(address + entry.front(), byteSize - entry.front());
        }
    }

    @Override
    public void free(long address, long byteSize) {
        visitor.free(address, byteSize);
    }
}
