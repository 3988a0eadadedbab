package dev.ashlar.api.compose;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the places of a program allocated and freed between two reports. Estimates, unless the reports are exact. A rate
 * of growth is that of allocation less that of freeing. Immutable.
 *
 * @param name of the allocator or pool
 * @param kind what is counted
 * @param duration the time between the reports
 * @param sites all places, the one that grows fastest first
 */
public record TrackingGrowth(String name, TrackingReport.Kind kind, Duration duration, List<Site> sites) {

    /** Copies the list. */
    public TrackingGrowth {
        sites = List.copyOf(sites);
    }

    /**
     * What a place did.
     *
     * @param site its figures at the end
     * @param allocatedBlocksPerSecond blocks that it allocated a second
     * @param allocatedBytesPerSecond bytes that it allocated a second
     * @param freedBlocksPerSecond blocks of it that were freed a second
     * @param freedBytesPerSecond bytes of it that were freed a second
     */
    public record Site(
            TrackingReport.Site site,
            double allocatedBlocksPerSecond,
            double allocatedBytesPerSecond,
            double freedBlocksPerSecond,
            double freedBytesPerSecond) {

        static Site between(TrackingReport.@Nullable Site before, TrackingReport.Site after, double seconds) {
            return new Site(
                    after,
                    (after.allocatedBlocks() - (before == null ? 0 : before.allocatedBlocks())) / seconds,
                    (after.allocatedBytes() - (before == null ? 0 : before.allocatedBytes())) / seconds,
                    (after.freedBlocks() - (before == null ? 0 : before.freedBlocks())) / seconds,
                    (after.freedBytes() - (before == null ? 0 : before.freedBytes())) / seconds);
        }

        /** How many blocks more are live each second; negative if they become fewer. */
        public double growthBlocksPerSecond() {
            return allocatedBlocksPerSecond - freedBlocksPerSecond;
        }

        /** How many bytes more are live each second; negative if they become fewer. */
        public double growthBytesPerSecond() {
            return allocatedBytesPerSecond - freedBytesPerSecond;
        }
    }

    /** The places that allocated anything, the most bytes a second first, and then the most blocks. */
    public List<Site> hottest() {
        return sites.stream()
                .filter(site -> site.allocatedBlocksPerSecond > 0)
                .sorted(Comparator.comparingDouble(Site::allocatedBytesPerSecond)
                        .thenComparingDouble(Site::allocatedBlocksPerSecond)
                        .reversed())
                .toList();
    }

    /** The places that grew, each with its rates and frames. */
    public String text() {
        return "'" + name + "' in " + TrackingReport.seconds(duration)
                + sites.stream()
                        .filter(site -> site.growthBlocksPerSecond() > 0)
                        .map(this::text)
                        .collect(Collectors.joining());
    }

    private String text(Site site) {
        String bytes = kind == TrackingReport.Kind.OBJECTS
                ? ""
                : "%d bytes/s (allocated %d, freed %d), "
                        .formatted(
                                Math.round(site.growthBytesPerSecond()),
                                Math.round(site.allocatedBytesPerSecond),
                                Math.round(site.freedBytesPerSecond));
        return "\n  grows by " + bytes
                + "%.1f %s/s"
                        .formatted(
                                site.growthBlocksPerSecond(), kind == TrackingReport.Kind.BLOCKS ? "blocks" : "objects")
                + site.site.place();
    }
}
