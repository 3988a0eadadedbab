package dev.ashlar.spi.support;

import dev.ashlar.api.Evacuable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * Chooses what to evacuate among chunks or regions: the sparsest first, as long as the others have room for the blocks
 * of what is chosen.
 *
 * @param <T> chunks or regions
 */
public final class Sparsest<T> {

    private record Candidate<T>(T member, long byteSize, long liveBytes) {
        double share() {
            return (double) liveBytes / byteSize;
        }
    }

    private final List<Candidate<T>> candidates = new ArrayList<>();
    private long freeBytes;

    /** No candidates. */
    public Sparsest() {}

    /**
     * Adds a candidate. Of two with the same share the one that was added later is chosen first: the allocators fill
     * old chunks first.
     *
     * @param liveBytes bytes that its live blocks take
     */
    public void add(T member, long byteSize, long liveBytes) {
        candidates.add(new Candidate<>(member, byteSize, liveBytes));
        freeBytes += byteSize - liveBytes;
    }

    /**
     * Chooses.
     *
     * @param mostLive as for {@link Evacuable#evacuate}
     * @param budgetBytes as for {@link Evacuable#evacuate}
     * @param tryChoose takes a candidate out of service; false if that cannot be done now
     * @return bytes of what was chosen, and of the live blocks in it
     */
    public long[] choose(double mostLive, long budgetBytes, Predicate<T> tryChoose) {
        long[] bytes = new long[2];
        long free = freeBytes;
        for (Candidate<T> candidate : candidates.reversed().stream()
                .sorted(Comparator.comparingDouble(Candidate::share))
                .toList()) {
            long moved = bytes[1] + candidate.liveBytes;
            long left = free - (candidate.byteSize - candidate.liveBytes);
            if (candidate.share() > mostLive || moved > budgetBytes || moved > left) {
                break;
            }
            if (tryChoose.test(candidate.member)) {
                bytes[0] += candidate.byteSize;
                bytes[1] = moved;
                free = left;
            }
        }
        return bytes;
    }
}
