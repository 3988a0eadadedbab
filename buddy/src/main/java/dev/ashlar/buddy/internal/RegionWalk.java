package dev.ashlar.buddy.internal;

import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.buddy.core.RegionCore;
import java.util.stream.LongStream;

/** A look at what lies in a region. It holds the region for as long as that takes, so allocators pass over it meanwhile. */
final class RegionWalk {

    private RegionWalk() {}

    /** Tells a visitor of the chunk, every live block, and every free run. */
    static void inspect(Region region, Visitor visitor) {
        if (!region.hold()) {
            return; // it was given back
        }
        long[] blocks;
        try {
            blocks = blocks(region.core());
        } finally {
            region.letGo();
        }
        visitor.chunk(region.address(), region.byteSize()); // not while it is held: the visitor may use the allocator
        int end = 0;
        for (long block : blocks) {
            int start = (int) (block >>> Integer.SIZE);
            int length = (int) block;
            tellFree(region, end, start, visitor);
            visitor.live(region.addressOf(start), region.bytes(length));
            end = start + length;
        }
        tellFree(region, end, region.core().length(), visitor);
    }

    private static void tellFree(Region region, int from, int to, Visitor visitor) {
        if (from < to) {
            visitor.free(region.addressOf(from), region.bytes(to - from));
        }
    }

    /** Start and length of each live block, in two halves of a long. */
    private static long[] blocks(RegionCore core) {
        LongStream.Builder blocks = LongStream.builder();
        int start = core.nextLive(0);
        while (start != RegionCore.NONE) {
            int length = core.lengthOf(start);
            blocks.add(((long) start << Integer.SIZE) | length);
            start = core.nextLive(start + length);
        }
        return blocks.build().toArray();
    }

    /** Says what is wrong with an address in a region that is no live block. */
    static InvalidBlockException whatIsWrongWith(Region region, long address) {
        if (!region.hold()) {
            return InvalidBlockException.foreign(address);
        }
        try {
            RegionCore core = region.core();
            int around = region.granuleAround(address);
            int start = core.previousLive(around);
            boolean inBlock = start != RegionCore.NONE && around < start + core.lengthOf(start);
            return inBlock && address != region.addressOf(start)
                    ? InvalidBlockException.noBlockStart(
                            address, region.bytes(core.lengthOf(start)), region.addressOf(start))
                    : InvalidBlockException.freedTwice(address, InvalidBlockException.UNKNOWN_SIZE);
        } finally {
            region.letGo();
        }
    }
}
