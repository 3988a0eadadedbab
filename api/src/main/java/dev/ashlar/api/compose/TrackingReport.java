package dev.ashlar.api.compose;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The live blocks of a tracking allocator, or the acquired objects of a tracking pool, by the place that allocated
 * them. Figures are estimates from samples, unless {@link #isExact()}. Immutable.
 *
 * @param name of the allocator or pool
 * @param kind what is counted
 * @param since when tracking began
 * @param at when the report was made
 * @param perSample the mean number of bytes, or of acquired objects, for each sample
 * @param samples how many of the live blocks were sampled
 * @param liveBlocks live blocks
 * @param liveBytes their requested bytes; 0 for objects
 * @param sites all places that were sampled at any time, those with the most live bytes first, then those with the most
 *     live blocks
 */
public record TrackingReport(
        String name,
        Kind kind,
        Instant since,
        Instant at,
        long perSample,
        long samples,
        long liveBlocks,
        long liveBytes,
        List<Site> sites) {

    /** Copies the list. */
    public TrackingReport {
        sites = List.copyOf(sites);
    }

    /** What is counted. */
    public enum Kind {
        /** Blocks of an allocator. */
        BLOCKS,
        /** Objects of a pool, which have no bytes. */
        OBJECTS;

        String counted(long number) {
            String one = this == BLOCKS ? "block" : "object";
            return number + " " + one + (number == 1 ? "" : "s");
        }
    }

    /**
     * A place that allocates.
     *
     * @param tag of {@link dev.ashlar.api.AllocationHints#tag()}, or null; the same place with another tag is another
     *     site
     * @param frames the innermost first, from the first outside Ashlar
     * @param samples how many live blocks of this site were sampled
     * @param liveBlocks live blocks
     * @param liveBytes their requested bytes
     * @param oldest the age of the oldest sampled live block; zero if there is none
     * @param unreachableBlocks live blocks whose segment, or object, no code has any more: each is lost, unless some
     *     code kept its address or a slice of it
     * @param allocatedBlocks blocks that were allocated since tracking began
     * @param allocatedBytes their requested bytes
     * @param freedBlocks those of them that were freed
     * @param freedBytes their requested bytes
     */
    public record Site(
            @Nullable String tag,
            List<StackTraceElement> frames,
            long samples,
            long liveBlocks,
            long liveBytes,
            Duration oldest,
            long unreachableBlocks,
            long allocatedBlocks,
            long allocatedBytes,
            long freedBlocks,
            long freedBytes) {

        /** Copies the list. */
        public Site {
            frames = List.copyOf(frames);
        }

        String place() {
            return (tag == null ? "" : "\n    tag '" + tag + "'")
                    + (frames.isEmpty()
                            ? "\n    an unknown place"
                            : frames.stream().map(frame -> "\n    at " + frame).collect(Collectors.joining()));
        }

        String text(Kind kind) {
            return "  " + (kind == Kind.BLOCKS ? liveBytes + " bytes in " : "") + kind.counted(liveBlocks)
                    + ", the oldest " + seconds(oldest)
                    + (unreachableBlocks > 0 ? ", " + unreachableBlocks + " unreachable" : "") + place();
        }
    }

    /** Whether every block is tracked, so that no figure is an estimate. */
    public boolean isExact() {
        return perSample == Tracking.ALL;
    }

    /** The places that have live blocks, in the order of {@link #sites}. */
    public List<Site> liveSites() {
        return sites.stream().filter(site -> site.samples > 0).toList();
    }

    /** What is live, in one line, and the places that have live blocks, with their frames. */
    public String text() {
        return "'" + name + "' has " + summary()
                + liveSites().stream().map(site -> "\n" + site.text(kind)).collect(Collectors.joining());
    }

    /** Such as "20 live blocks of 1234 bytes". */
    String summary() {
        String counted = (isExact() ? "" : "about ") + kind.counted(liveBlocks).replace(" ", " live ");
        String bytes = kind == Kind.BLOCKS ? " of " + liveBytes + " bytes" : "";
        String estimated = isExact()
                ? ""
                : " (estimated from " + samples + " samples, one for " + perSample
                        + (kind == Kind.BLOCKS ? " bytes)" : " objects)");
        return counted + bytes + estimated;
    }

    /** This report as a JSON object whose members are named like the components; times are in ISO 8601. */
    public String json() {
        return new JsonText()
                .object(report -> report.text("name", name)
                        .text("kind", kind.name())
                        .text("since", since.toString())
                        .text("at", at.toString())
                        .number("perSample", perSample)
                        .number("samples", samples)
                        .number("liveBlocks", liveBlocks)
                        .number("liveBytes", liveBytes)
                        .objects("sites", sites, TrackingReport::json))
                .toString();
    }

    private static void json(JsonText json, Site site) {
        json.text("tag", site.tag)
                .texts("frames", site.frames)
                .number("samples", site.samples)
                .number("liveBlocks", site.liveBlocks)
                .number("liveBytes", site.liveBytes)
                .text("oldest", site.oldest.toString())
                .number("unreachableBlocks", site.unreachableBlocks)
                .number("allocatedBlocks", site.allocatedBlocks)
                .number("allocatedBytes", site.allocatedBytes)
                .number("freedBlocks", site.freedBlocks)
                .number("freedBytes", site.freedBytes);
    }

    /**
     * What changed since an earlier report of the same allocator or pool.
     *
     * @param earlier a report that was made before this one
     * @throws IllegalArgumentException if it was made at the same time or later, or of something else
     */
    public TrackingGrowth since(TrackingReport earlier) {
        if (!earlier.at.isBefore(at) || !earlier.name.equals(name) || !earlier.since.equals(since)) {
            throw new IllegalArgumentException("The report is of '" + earlier.name + "' at " + earlier.at
                    + ", tracked since " + earlier.since + "; must be of '" + name + "' before " + at
                    + ", tracked since " + since);
        }
        Map<Place, Site> before = new HashMap<>();
        earlier.sites.forEach(site -> before.put(Place.of(site), site));
        double seconds = Duration.between(earlier.at, at).toNanos() / 1e9;
        return new TrackingGrowth(
                name,
                kind,
                Duration.between(earlier.at, at),
                sites.stream()
                        .map(site -> TrackingGrowth.Site.between(before.get(Place.of(site)), site, seconds))
                        .sorted(Comparator.comparingDouble(TrackingGrowth.Site::growthBytesPerSecond)
                                .thenComparingDouble(TrackingGrowth.Site::growthBlocksPerSecond)
                                .reversed())
                        .toList());
    }

    private record Place(@Nullable String tag, List<StackTraceElement> frames) {
        static Place of(Site site) {
            return new Place(site.tag, site.frames);
        }
    }

    static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }
}
