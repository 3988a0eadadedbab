package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.internal.record.Recorder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notes the first requests after each pass, which the next pass counts by their sizes. Also passes requests to a
 * recorder, if one needs them.
 *
 * <p>Noting a request is two plain writes, which the compiler inlines. A call in their place would also slow down the
 * requests that are not noted: after a call, a loop that allocates must read everything again.
 *
 * <p>Concurrency: plain reads and writes. Two threads that note at the same moment may lose requests: a benign race,
 * because this is a sample anyway. An index is a value above 0 that was read, less 1, so it lies in the array.
 */
final class Sampling {

    /**
     * Above this bit of a noted request is its size, and below the logarithm of its alignment. A size of 2^57 or more
     * is noted as another one: it is always refused, and too rare to matter.
     */
    private static final int SIZE_SHIFT = 6;

    private static final long NONE = -1;

    private final Tiers tiers;
    private final Recorder recorder;

    /** The histograms of sub-allocators whose size classes can be chosen. Filled while the allocator is made. */
    private final Map<SubAllocator, SizeHistogram> histograms = new HashMap<>();

    /** The requests since the last pass, the first one last. */
    private final long[] noted;

    /** How many requests are still to be noted before the next pass. */
    int left;

    /** Whether the recorder wants the requests that are noted. */
    private boolean isRecorded;

    /**
     * Notes nothing until it is restarted, before which nothing may be counted.
     *
     * @param most how many requests are noted after each pass
     */
    Sampling(int most, Tiers tiers, Recorder recorder) {
        this.tiers = tiers;
        this.recorder = recorder;
        noted = new long[most];
    }

    /** Counts sizes of plain requests for a sub-allocator from now on. */
    void count(SubAllocator sub, SizeHistogram histogram) {
        histograms.put(sub, histogram);
    }

    /**
     * Notes a plain request.
     *
     * @param left the value of {@link #left}, which is more than 0
     */
    void note(int left, long byteSize, long byteAlignment) {
        keep(left - 1, byteSize << SIZE_SHIFT | Long.numberOfTrailingZeros(byteAlignment));
        if (isRecorded) {
            record(byteSize, null);
        }
    }

    private void keep(int index, long request) {
        noted[index] = request;
        left = index;
    }

    /** Notes a request with hints, which does not affect the choice of size classes. */
    void noteHinted(long byteSize, @Nullable String tag) {
        if (isRecorded && left > 0) {
            record(byteSize, tag);
        }
    }

    private void record(long byteSize, @Nullable String tag) {
        recorder.allocated(byteSize, tag);
    }

    /** Counts the sizes of the requests that were noted. For one thread at a time. */
    void countNoted() {
        for (int i = 0; i < noted.length; i++) {
            long byteSize = noted[i] >> SIZE_SHIFT;
            if (byteSize >= 0) {
                count(byteSize, 1L << noted[i]);
            }
        }
    }

    private void count(long byteSize, long byteAlignment) {
        SizeHistogram histogram = histograms.get(tiers.home(byteSize, byteAlignment));
        if (histogram != null && byteSize <= histogram.largest) {
            histogram.count(byteSize, byteAlignment);
        }
    }

    /** Notes requests from now on, if they are used at all. For one thread at a time. */
    void restart() {
        Arrays.fill(noted, NONE);
        isRecorded = recorder.wantsAllocations();
        left = isRecorded || !histograms.isEmpty() ? noted.length : 0;
    }

    /** Heap memory of the histograms and of the noted requests. */
    long metadataBytes() {
        return 16
                + 8L * noted.length
                + histograms.values().stream()
                        .mapToLong(SizeHistogram::metadataBytes)
                        .sum();
    }
}
