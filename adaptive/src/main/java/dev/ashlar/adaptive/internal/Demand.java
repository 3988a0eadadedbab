package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.support.SizeClasses;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The sizes that a tier rounds, and how many blocks of each there are. A table of size classes is computed for these.
 *
 * <p>What a table saves depends on the live blocks. Requests do not show how long blocks live, but the number of live
 * blocks in slots of each size is known. So the live blocks of each slot size are distributed over the sizes in it, in
 * proportion to the requests. Requests themselves have a small weight too, because their blocks may be live again.
 *
 * <p>The usual classes always stay. So when a load changes, it is not rounded worse than without adaptation. Classes
 * without requests cost nothing.
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
     * The demand of a tier.
     *
     * @param histogram the sizes of requests, at least one
     * @param table the classes now
     * @param live the number of live blocks by the size of their slots
     * @param usual sizes that are always classes
     * @param granule the unit of sizes
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
        double unseen = 0; // live blocks of slots that were not requested lately: count them for the next size above
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
     * The table with the least cost: the waste inside blocks, and in the slab of each class that is not full.
     *
     * @param classes how many classes there may be beside the usual ones
     */
    int[] bestTable(int classes) {
        int needed =
                (int) IntStream.range(0, anchors.length).filter(i -> anchors[i]).count();
        return new ClassOptimizer(sizes, blocks, anchors, Demand::costOfClass).optimum(needed + classes);
    }

    /**
     * Free bytes in the youngest slab of a class: on average half of it. At first that is from a page to 16 KiB.
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
     * Bytes that are free in slots of classes that another table does not have: they are unused until their slabs
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
