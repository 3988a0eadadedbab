package dev.ashlar.insight.gc;

import java.time.Duration;
import java.util.List;

/**
 * What a collector and the program did in a window of time: all that {@link GcAdvice} is derived from. Immutable. Sizes
 * are in bytes.
 *
 * @param collector which one it is
 * @param window how long was watched
 * @param maxHeap the largest heap, {@code -Xmx}
 * @param committedHeap the heap at the end of the window
 * @param peakUsed the most that was used before or after a collection, or at the end
 * @param live the least that a collection of the whole heap left; if there was none, the least that any collection
 *     left; -1 if there was no collection
 * @param heapBefore what was used before a collection, on average; 0 if there was none
 * @param heapAfter what was used after a collection, on average; 0 if there was none
 * @param reclaimed what the collections freed, added up; without what was allocated while a concurrent one ran
 * @param youngCollections collections of the young generation
 * @param wholeCollections collections of the whole heap, or of the old generation
 * @param humongousCollections of all collections, those that G1 began for a humongous object
 * @param paused how long the program stood still
 * @param pausedForYoung the part of it for young collections
 * @param longestPause the longest time that it stood still
 * @param longestCause the collector's word for why
 * @param stalled how long threads waited for memory, added up (ZGC)
 * @param longestStall the longest of these times
 * @param allocated what the program allocated
 * @param promoted what young collections moved to the old generation
 * @param region the size of G1's regions, 0 for other collectors
 * @param sites places of the program that allocate, the one with the most bytes first; empty without the flight
 *     recorder
 */
public record GcFigures(
        Collector collector,
        Duration window,
        long maxHeap,
        long committedHeap,
        long peakUsed,
        long live,
        long heapBefore,
        long heapAfter,
        long reclaimed,
        int youngCollections,
        int wholeCollections,
        int humongousCollections,
        Duration paused,
        Duration pausedForYoung,
        Duration longestPause,
        String longestCause,
        Duration stalled,
        Duration longestStall,
        long allocated,
        long promoted,
        long region,
        List<Site> sites) {

    /** Copies the list. */
    public GcFigures {
        sites = List.copyOf(sites);
    }

    /**
     * A place that allocates objects of a type. Figures are estimates from samples.
     *
     * @param type of the objects, such as {@code byte[]}
     * @param place the first frame outside the JDK and this package, such as {@code
     *     com.example.Server.read:12}
     * @param share of all allocated bytes, 0 to 1
     * @param largeShare of all allocated bytes, those in objects that are too large for a thread's buffer, 0 to 1
     * @param largeSize the mean size of those objects; 0 if none was seen
     * @param largest the largest object that was seen; 0 if none was too large for a thread's buffer
     */
    public record Site(String type, String place, double share, double largeShare, long largeSize, long largest) {}

    double seconds() {
        return Math.max(seconds(window), 1e-9);
    }

    static double seconds(Duration duration) {
        return duration.toSeconds() + duration.toNanosPart() / 1e9;
    }

    /** All collections. */
    int collections() {
        return youngCollections + wholeCollections;
    }

    /** Young collections a second. */
    public double youngPerSecond() {
        return youngCollections / seconds();
    }

    /** Allocated bytes a second. */
    public double allocatedPerSecond() {
        return allocated / seconds();
    }

    /** The share of the time that was lost: pauses, and threads that waited for memory, 0 to 1. */
    public double lost() {
        return Math.min(1, (seconds(paused) + seconds(stalled)) / seconds());
    }

    /** The same without the longest time that the program stood still, which may be chance in a short window. */
    double lostWithoutLongest() {
        return Math.max(0, lost() - seconds(longest()) / seconds());
    }

    /** The share of the time that young collections took, or threads waited for because they were not done. */
    double lostToYoung() {
        return Math.min(1, (seconds(pausedForYoung) + seconds(stalled)) / seconds());
    }

    /** The share of the largest heap that stays in use; 0 if it is not known, at most 1. */
    public double occupancy() {
        return live < 0 || maxHeap <= 0 ? 0 : (double) live / maxHeap;
    }

    private boolean isHumongous(Site site) {
        return region > 0 && site.largest >= region / 2;
    }

    /** The share of all allocated bytes that may have outlived the young generation, for the objects of a place. */
    double outlived(Site site) {
        if (allocated == 0 || live < 0) {
            return 1;
        }
        return (double) (isHumongous(site) ? live : Math.min(live, promoted)) / allocated;
    }

    /** The share of the allocated bytes in objects that take half of a region or more. */
    double humongousShare() {
        return sites.stream()
                .filter(this::isHumongous)
                .mapToDouble(Site::largeShare)
                .sum();
    }

    /** The size of regions in which no object that was seen is humongous. */
    long regionForAll() {
        long largest = sites.stream().mapToLong(Site::largest).max().orElse(0);
        return largest == 0 ? 2 * region : 2 * Long.highestOneBit(2 * largest);
    }

    /** The longest time that the program, or a thread of it, stood still. */
    Duration longest() {
        return longestPause.compareTo(longestStall) >= 0 ? longestPause : longestStall;
    }
}
