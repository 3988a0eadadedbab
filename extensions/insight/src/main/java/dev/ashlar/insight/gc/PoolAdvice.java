package dev.ashlar.insight.gc;

import dev.ashlar.insight.gc.GcFigures.Site;
import dev.ashlar.insight.text.PlainText;
import java.util.List;
import java.util.Map;

/**
 * Whether the objects of a place are worth a pool. Immutable.
 *
 * <p>A pool pays for objects that are large and die young: it saves their zeroing and the collections that they cause.
 * It costs for small ones, because a collector frees dead objects for nothing, and the old objects of a pool are marked
 * and scanned in each collection.
 *
 * <p>How many die young is a bound, without a look at any object. What was promoted in the window is all that outlived
 * the young generation, and what was live after a collection is all that outlived that collection. So of a place that
 * allocated 40 % in a program that promoted 2 %, at least 95 % of the bytes died young. For places that allocate less
 * than that, nothing is known. Humongous objects are never promoted, so for them only what was live counts.
 *
 * @param verdict whether to pool
 * @param type of the objects
 * @param place where they are allocated
 * @param share of all garbage, 0 to 1
 * @param diesYoung the share of the place's bytes that surely died young, 0 to 1
 * @param savedBytesPerSecond what a pool would not allocate, at most; 0 if there should be none
 * @param words why
 */
public record PoolAdvice(
        Verdict verdict,
        String type,
        String place,
        double share,
        double diesYoung,
        double savedBytesPerSecond,
        String words) {

    /** Whether to pool. */
    public enum Verdict {
        /** Pool these objects, or use blocks of an allocator. */
        POOL,
        /** A pool would cost more than it saves. */
        DO_NOT_POOL
    }

    /** Less than this is not worth the reader's time. */
    private static final double LEAST_SHARE = 0.05;

    /** Below half of this a reader would doubt it: most of what a pool holds must be reused soon. */
    private static final double LEAST_DYING = 0.8;

    /** Zeroing a KiB takes about as long as the two operations of a pool. */
    private static final long LEAST_SIZE = 1024;

    static List<PoolAdvice> of(GcFigures figures) {
        return figures.sites().stream()
                .filter(site -> site.share() >= LEAST_SHARE)
                .map(site -> of(site, figures))
                .toList();
    }

    private static PoolAdvice of(Site site, GcFigures figures) {
        double dying = Math.clamp((site.share() - figures.outlived(site)) / site.share(), 0, 1);
        boolean areLarge = site.largeShare() >= site.share() / 2 && site.largeSize() >= LEAST_SIZE;
        boolean isWorthIt = areLarge && dying >= LEAST_DYING;
        AdviceWords words = new AdviceWords(Map.of("share", Math.round(100 * site.share()), "size", site.largeSize()));
        return new PoolAdvice(
                isWorthIt ? Verdict.POOL : Verdict.DO_NOT_POOL,
                site.type(),
                site.place(),
                site.share(),
                dying,
                isWorthIt ? site.largeShare() * figures.allocatedPerSecond() : 0,
                words.of("share") + " " + words.of(isWorthIt ? "share.large" : areLarge ? "share.old" : "share.small"));
    }

    /** The advice in a line. */
    public String text() {
        return verdict + " " + type + " at " + place + ": " + words
                + (savedBytesPerSecond == 0
                        ? ""
                        : PlainText.format(" Saves up to %,.0f bytes/s.", savedBytesPerSecond));
    }
}
