package dev.ashlar.spi.support;

import dev.ashlar.api.Evacuable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * An evacuation of the sparsest chunks or regions, as long as the others have room for their blocks. A subclass knows
 * how a member is taken out of service, and {@linkplain #choose chooses} at the end of its constructor.
 *
 * @param <T> chunks or regions
 */
public abstract class SparsestFirst<T> implements Evacuable.Evacuation {

    /**
     * A member that may be chosen.
     *
     * @param liveBytes bytes that its live blocks take
     */
    public record Candidate<T>(T member, long byteSize, long liveBytes) {

        private double share() {
            return (double) liveBytes / byteSize;
        }

        private long freeBytes() {
            return byteSize - liveBytes;
        }
    }

    private final List<Candidate<T>> chosen = new ArrayList<>();

    /** Guarded by this. */
    private boolean ended;

    /** For subclasses. Nothing is chosen yet. */
    protected SparsestFirst() {}

    /** Takes a member out of service; false if that cannot be done now, and then nothing changes. */
    protected abstract boolean tryTake(T member);

    /** Puts a member back into service. */
    protected abstract void putBack(T member);

    /**
     * Chooses. Of two members with the same share the later one comes first, because allocators fill old ones first.
     *
     * @param candidates oldest first
     * @param mostLive as for {@link Evacuable#evacuate}
     * @param budgetBytes as for {@link Evacuable#evacuate}
     */
    protected final void choose(List<Candidate<T>> candidates, double mostLive, long budgetBytes) {
        long left = candidates.stream().mapToLong(Candidate::freeBytes).sum();
        long moved = 0;
        for (Candidate<T> candidate : candidates.reversed().stream()
                .sorted(Comparator.comparingDouble(Candidate::share))
                .toList()) {
            long more = moved + candidate.liveBytes;
            long room = left - candidate.freeBytes();
            if (candidate.share() > mostLive || more > budgetBytes || more > room) {
                return;
            }
            if (tryTake(candidate.member)) {
                chosen.add(candidate);
                moved = more;
                left = room;
            }
        }
    }

    @Override
    public final long byteSize() {
        return chosen.stream().mapToLong(Candidate::byteSize).sum();
    }

    @Override
    public final long liveBytes() {
        return chosen.stream().mapToLong(Candidate::liveBytes).sum();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (!ended) {
                ended = true;
                chosen.forEach(candidate -> putBack(candidate.member));
            }
        }
    }
}
