package dev.ashlar.buddy.internal;

import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.spi.support.RoomTable;
import dev.ashlar.spi.support.RoomTree;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds a block by {@link RegionCore#takeTight} in any region, for requests that would be refused otherwise.
 *
 * <p>For each alignment there is a {@link RoomTree}, made when a request with that alignment is refused first. A leaf
 * is the longest block that may be found in a region. When a request is not served in a region, the leaf falls below
 * its length, until a block of that region is freed. So with one length and one alignment, a region is searched without
 * success at most once each time a block in it was freed.
 *
 * <p>For any thread. The argument that no room is lost is that of {@link RoomTree}. In a new tree every place may have
 * any room, also those without a region yet. So nothing that happens while a tree is made has to be noted in it.
 */
final class TightRoom {

    /** From one granule to {@link RegionLayout#REGION_ALIGNMENT}, if a granule has 16 bytes. */
    static final int ALIGNMENTS = 11;

    private final RoomTable<Region> table;
    private final IntFunction<RoomTree> trees;
    private final AtomicReferenceArray<@Nullable RoomTree> byAlignment = new AtomicReferenceArray<>(ALIGNMENTS);

    /**
     * Nothing refused yet.
     *
     * @param table the regions
     * @param trees makes a tree with a number of ranges
     */
    TightRoom(RoomTable<Region> table, IntFunction<RoomTree> trees) {
        this.table = table;
        this.trees = trees;
    }

    /**
     * Takes a block from the oldest region in which one is found.
     *
     * @param exponent that of the alignment in granules
     * @param length in granules
     * @return where the block is, or null
     */
    RegionSearch.@Nullable Place take(int exponent, int length, long requestedBytes) {
        RoomTree tree = treeOf(exponent);
        for (int place = tree.next(0, length); place >= 0; place = next(tree, place + 1, length)) {
            Region region = table.at(place);
            int start = region == null ? RegionCore.NONE : region.takeTight(exponent, length, requestedBytes);
            if (region != null && start >= 0) {
                return new RegionSearch.Place(region, start);
            }
            if (start != Region.BUSY) {
                tree.lower(place, at -> roomAt(at, exponent));
            }
        }
        return null;
    }

    private static int next(RoomTree tree, int from, int length) {
        return from < tree.capacity() ? tree.next(from, length) : -1;
    }

    private RoomTree treeOf(int exponent) {
        RoomTree known = byAlignment.get(exponent);
        if (known != null) {
            return known;
        }
        RoomTree made = trees.apply(table.places());
        for (int place = 0; place < table.places(); place++) {
            made.raise(place, Integer.MAX_VALUE);
        }
        return byAlignment.compareAndSet(exponent, null, made) ? made : treeOf(exponent);
    }

    private int roomAt(int place, int exponent) {
        Region region = table.at(place);
        return region == null ? 0 : region.tightRoom(exponent);
    }

    /**
     * Notes that a block in a region was freed. Called after that. Does no harm if the region was removed meanwhile;
     * then it may have a place that this table does not have.
     */
    void noteRoom(Region region) {
        for (int exponent = 0; exponent < ALIGNMENTS; exponent++) {
            RoomTree tree = byAlignment.get(exponent);
            if (tree != null && region.place() < tree.capacity()) {
                tree.raise(region.place(), region.tightRoom(exponent));
            }
        }
    }

    /** Heap memory of this and its trees. */
    long metadataBytes() {
        long bytes = 24 + 24 + 16 + ALIGNMENTS * 4L;
        for (int exponent = 0; exponent < ALIGNMENTS; exponent++) {
            RoomTree tree = byAlignment.get(exponent);
            bytes += tree == null ? 0 : tree.metadataBytes();
        }
        return bytes;
    }
}
