package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.internal.record.Recorder;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the sizes of requests from time to time, and records requests if a recorder needs them. */
final class Sampling {

    private final Tiers tiers;
    private final Recorder recorder;

    /** The histograms of sub-allocators whose size classes can be chosen. Filled while the allocator is made. */
    private final Map<SubAllocator, SizeHistogram> histograms = new HashMap<>();

    /** Plain: a thread that sees an old value counts a moment longer or shorter, which is no worse as a sample. */
    boolean isOn;

    Sampling(Tiers tiers, Recorder recorder) {
        this.tiers = tiers;
        this.recorder = recorder;
    }

    /** Counts sizes of plain requests for a sub-allocator from now on. */
    void count(SubAllocator sub, SizeHistogram histogram) {
        histograms.put(sub, histogram);
    }

    /** Whether counts are used at all. */
    boolean isOfUse() {
        return !histograms.isEmpty() || recorder.wantsAllocations();
    }

    /** Records a plain request. */
    void note(long byteSize, long byteAlignment) {
        noteHinted(byteSize, null);
        SizeHistogram histogram = histograms.get(tiers.home(byteSize, byteAlignment));
        if (histogram != null && byteSize >= 0 && byteSize <= histogram.largest) {
            histogram.count(byteSize, byteAlignment);
        }
    }

    /** Records a request with hints, which does not affect the choice of size classes. */
    void noteHinted(long byteSize, @Nullable String tag) {
        recorder.allocated(byteSize, tag);
    }

    /** Heap memory of the histograms. */
    long metadataBytes() {
        return histograms.values().stream()
                .mapToLong(SizeHistogram::metadataBytes)
                .sum();
    }
}
