package dev.ashlar.insight.gc;

import static java.util.Map.entry;

import dev.ashlar.insight.text.PlainText;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ResourceBundle;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sentences of {@code advice.properties}, with figures in them.
 *
 * @param figures by the names in braces; whole numbers are grouped, and others have one decimal
 */
record AdviceWords(Map<String, Object> figures) {

    private static final ResourceBundle SENTENCES =
            ResourceBundle.getBundle(AdviceWords.class.getPackageName() + ".advice");
    private static final Pattern NAME = Pattern.compile("\\{(\\w+)}");
    private static final long MIB = 1 << 20;

    /** A heap of three to four times the live memory is the usual advice for collectors that copy. */
    private static final int HEAP_OVER_LIVE = 3;

    /** With the figures of a window, and the sizes that follow from them. */
    static AdviceWords of(GcFigures figures, Duration pauseGoal) {
        long halfHeap = Math.max(figures.maxHeap() / 2, MIB);
        long smaller = Math.max(16 * MIB, figures.live() < 0 ? 2 * figures.peakUsed() : 4 * figures.live());
        return new AdviceWords(Map.ofEntries(
                entry("collector", figures.collector()),
                entry("seconds", figures.seconds()),
                entry("lost", 100 * figures.lost()),
                entry("allowed", Math.round(100 * Bottlenecks.LOST)),
                entry("lostToYoung", 100 * figures.lostToYoung()),
                entry("youngPerSecond", figures.youngPerSecond()),
                entry("whole", figures.wholeCollections()),
                entry("humongous", figures.humongousCollections()),
                entry("collections", figures.collections()),
                entry("humongousPercent", Math.round(100 * figures.humongousShare())),
                entry("halfRegion", figures.region() / 2),
                entry("longest", TimeUnit.MILLISECONDS.convert(figures.longest())),
                entry("cause", figures.longestCause()),
                entry("goal", String.valueOf(TimeUnit.MILLISECONDS.convert(pauseGoal))),
                entry("live", figures.live()),
                entry("heapBefore", figures.heapBefore()),
                entry("heapAfter", figures.heapAfter()),
                entry("reclaimed", figures.reclaimed()),
                entry("peakUsed", figures.peakUsed()),
                entry("committed", figures.committedHeap()),
                entry("maxHeap", figures.maxHeap()),
                entry("allocatedPerSecond", Math.round(figures.allocatedPerSecond())),
                entry("allocatedSize", size((long) figures.allocatedPerSecond())),
                entry("largerHeap", size(Math.max(HEAP_OVER_LIVE * figures.live(), figures.maxHeap() / 2 * 3))),
                entry("largerRegion", size(figures.regionForAll())),
                // Room for what is allocated in a second, if that leaves half of the heap to the rest.
                entry("largerYoung", size(Math.clamp((long) figures.allocatedPerSecond(), MIB, halfHeap))),
                entry("smallerHeap", size(smaller)),
                entry("smallerHeapBytes", String.valueOf(smaller))));
    }

    private static String size(long bytes) {
        return Math.ceilDiv(bytes, MIB) + "m";
    }

    /** A sentence by its key. */
    String of(String key) {
        return NAME.matcher(SENTENCES.getString(key))
                .replaceAll(name -> Matcher.quoteReplacement(text(Objects.requireNonNull(figures.get(name.group(1))))));
    }

    private static String text(Object figure) {
        return switch (figure) {
            case Double number -> PlainText.format("%.1f", number);
            case Number number -> PlainText.format("%,d", number);
            default -> figure.toString();
        };
    }

    /** A remedy by its name, with the flags of a collector. */
    Recommendation remedy(String name, Collector collector) {
        String flags = name + ".flags";
        String ofCollector = flags + "." + collector;
        String options = of(SENTENCES.containsKey(ofCollector) ? ofCollector : flags);
        return new Recommendation(
                Recommendation.Type.valueOf(of(name + ".type")),
                of(name + ".words"),
                of(name + ".benefit"),
                Recommendation.Risk.valueOf(of(name + ".risk")),
                options.isEmpty() ? List.of() : List.of(options.split(" ")));
    }
}
