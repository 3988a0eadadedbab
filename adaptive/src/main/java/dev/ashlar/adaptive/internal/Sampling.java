package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.internal.record.Recorder;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the sizes of requests now and then, and records requests if anybody wants that. */
final class Sampling {

    private final Tiers tiers;
    private final Recorder recorder;

    /** For those whose size classes can be chosen. Filled while the allocator is made. */
    private final Map<SubAllocator, SizeHistogram> histograms = new HashMap<>();

    /** Plain: a thread that sees an old value counts a moment longer or shorter, which is as good a sample. */
    boolean isOn;

    Sampling(Tiers tiers, Recorder recorder) {
        this.tiers = tiers;
        this.recorder = recorder;
    }

    /** Counts sizes of plain requests for one from now on. */
    void count(SubAllocator sub, SizeHistogram histogram) {
        histograms.put(sub, histogram);
    }

    /** Whether there is any use in counting. */
    boolean isOfUse() {
        return !histograms.isEmpty() || recorder.wantsAllocations();
    }

    /** Notes a plain request. */
    void note(long byteSize, long byteAlignment) {
        noteHinted(byteSize, null);
        SizeHistogram histogram = histograms.get(tiers.home(byteSize, byteAlignment));
        if (histogram != null && byteSize >= 0 && byteSize <= histogram.largest) {
            histogram.count(byteSize, byteAlignment);
        }
    }

    /** Notes a request with hints, which has no part in the choice of size classes. */
    void noteHinted(long byteSize, @Nullable String tag) {
        recorder.allocated(byteSize, tag);
    }

    /** What the histograms take on the heap. */
    long metadataBytes() {
        return histograms.values().stream()
                .mapToLong(SizeHistogram::metadataBytes)
                .sum();
    }
}
