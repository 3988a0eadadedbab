package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.support.SizeClasses;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The sizes that a tier has to round, and how many blocks of each there are: what a table of size classes is computed
 * for.
 *
 * <p>What a table saves depends on the blocks that are live, and requests do not tell how long blocks live; but how
 * many are live in slots of a size is known, and of these the requests tell the sizes. So each slot size's live blocks
 * are shared out over the sizes that would be in it, in proportion to the requests. Requests themselves count a little
 * as well: what is not live now may be again.
 *
 * <p>The usual classes stay whatever was seen, so that no load is rounded worse than without adaptation when it
 * changes; where nothing is asked for they cost nothing.
 */
final class Demand {

    /** All requests together weigh this part of what all live blocks weigh. */
    private static final double WEIGHT_OF_REQUESTS = 1.0 / 16;

    private final int granule;

    /** Ascending multiples of the granule, and anchors. */
    private final int[] sizes;

    private final double[] blocks;
    private final boolean[] anchors;
    private final double bytes;

    /**
     * What there is to round.
     *
     * @param histogram the sizes of requests, at least one
     * @param table the classes now
     * @param live how many blocks are live, by the size of their slots
     * @param usual sizes that are classes in any case
     * @param granule what sizes are multiples of
     */
    Demand(SizeHistogram histogram, SizeClasses table, NavigableMap<Long, Long> live, int[] usual, int granule) {
        this.granule = granule;
        int largest = histogram.largest;
        double[] requests = new double[largest / granule + 1];
        histogram.forEach((byteSize, count) -> requests[(byteSize + granule - 1) / granule] += count);
        boolean[] isUsual = new boolean[largest / granule + 1];
        Arrays.stream(usual).filter(size -> size % granule == 0).forEach(size -> isUsual[size / granule] = true);
        sizes = IntStream.rangeClosed(1, largest / granule)
                .filter(i -> requests[i] > 0 || isUsual[i])
                .map(i -> i * granule)
                .toArray();
        double[] asked = Arrays.stream(sizes)
                .mapToDouble(size -> requests[size / granule])
                .toArray();
        anchors = new boolean[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            anchors[i] = isUsual[sizes[i] / granule];
        }
        blocks = blocks(sizes, asked, table, live);
        bytes = IntStream.range(0, sizes.length)
                .mapToDouble(i -> sizes[i] * blocks[i])
                .sum();
    }

    private static double[] blocks(int[] sizes, double[] requests, SizeClasses table, NavigableMap<Long, Long> live) {
        double allLive = live.values().stream().mapToLong(Long::longValue).sum();
        double allRequests = Arrays.stream(requests).sum();
        double ofRequest = (allLive == 0 ? 1 : allLive * WEIGHT_OF_REQUESTS) / Math.max(1, allRequests);
        double[] blocks =
                Arrays.stream(requests).map(count -> count * ofRequest).toArray();
        TreeMap<Long, Long> slots = new TreeMap<>(live);
        Arrays.stream(table.sizes()).forEach(size -> slots.putIfAbsent((long) size, 0L));
        double unseen = 0; // live blocks of slots for which nobody asked lately: they are of the next size above
        int from = 0;
        for (var slot : slots.entrySet()) {
            int to = from;
            double ofSlot = 0;
            while (to < sizes.length && sizes[to] <= slot.getKey()) {
                ofSlot += requests[to++];
            }
            unseen += slot.getValue();
            if (ofSlot > 0) {
                for (int i = from; i < to; i++) {
                    blocks[i] += unseen * requests[i] / ofSlot;
                }
                unseen = 0;
            }
            from = to;
        }
        return blocks;
    }

    /**
     * The table that costs least: waste inside blocks, and in the slab of each class that is not full.
     *
     * @param classes how many classes there may be beside the usual ones
     */
    int[] bestTable(int classes) {
        int needed =
                (int) IntStream.range(0, anchors.length).filter(i -> anchors[i]).count();
        return new ClassOptimizer(sizes, blocks, anchors, Demand::costOfClass).optimum(needed + classes);
    }

    /**
     * What is free in the youngest slab of a class, on average: half of it, and that is from a page to 16 KiB at first.
     */
    private static double costOfClass(double allocatedBytes) {
        return Math.clamp(allocatedBytes / 8, 2 * 1024, 8 * 1024);
    }

    /** The share of the allocated bytes that a table wastes. */
    double waste(SizeClasses table) {
        double allocated = 0;
        for (int i = 0; i < sizes.length; i++) {
            int sizeClass = table.classOf(sizes[i], granule);
            allocated += blocks[i] * (sizeClass < 0 ? sizes[i] : table.size(sizeClass));
        }
        return allocated == 0 ? 0 : 1 - bytes / allocated;
    }

    /**
     * Bytes that are free in slots of classes which another table has other classes for: they wait until their slabs
     * drain.
     *
     * @param free bytes that are free in slots, by the size of the slots
     */
    double stranded(Map<Long, Long> free, SizeClasses before, SizeClasses after) {
        Map<Long, Double> all = new HashMap<>();
        Map<Long, Double> leaving = new HashMap<>();
        for (int i = 0; i < sizes.length; i++) {
            int from = before.classOf(sizes[i], granule);
            if (from >= 0) {
                long slot = before.size(from);
                boolean leaves = after.size(after.classOf(sizes[i])) != slot;
                all.merge(slot, blocks[i], Double::sum);
                leaving.merge(slot, leaves ? blocks[i] : 0, Double::sum);
            }
        }
        double bytes = 0;
        for (Map.Entry<Long, Double> slot : leaving.entrySet()) {
            double share = slot.getValue() / Math.max(Double.MIN_NORMAL, all.getOrDefault(slot.getKey(), 0.0));
            bytes += free.getOrDefault(slot.getKey(), 0L) * share;
        }
        return bytes;
    }
}
