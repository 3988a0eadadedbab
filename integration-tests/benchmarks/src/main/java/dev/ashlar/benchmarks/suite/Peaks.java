package dev.ashlar.benchmarks.suite;

import org.jspecify.annotations.Nullable;

/** Samples the committed and the requested bytes while rounds run, and keeps the highest of each. */
final class Peaks implements AutoCloseable {

    /** Short enough for the phases of a round, and long enough to cost the round nothing. */
    private static final long INTERVAL_MILLIS = 5;

    private final RawAllocator allocator;
    private final Thread sampling;
    private volatile @Nullable Team team;

    /** Guarded by this, as all that follow. */
    private long committed = RawAllocator.UNKNOWN;

    private long requested;
    private boolean closed;

    /** Starts sampling. */
    Peaks(RawAllocator allocator) {
        this.allocator = allocator;
        this.sampling = Thread.ofPlatform().name("peaks").daemon().start(this::run);
    }

    /** Samples the requested bytes of a team from now on. */
    void watch(Team next) {
        team = next;
    }

    private void run() {
        try {
            while (true) { // until it is interrupted
                sample();
                Thread.sleep(INTERVAL_MILLIS);
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private synchronized void sample() {
        if (closed) {
            return;
        }
        committed = Math.max(committed, allocator.committedBytes());
        Team watched = team;
        if (watched != null) {
            requested = Math.max(requested, watched.requestedBytes());
        }
    }

    /** The most committed bytes in a sample, or null if the allocator does not know. */
    synchronized @Nullable Long committed() {
        return committed == RawAllocator.UNKNOWN ? null : committed;
    }

    /** The most requested bytes in a sample. */
    synchronized long requested() {
        return requested;
    }

    /** Stops sampling. No sample is taken after this, so the allocator may be closed. */
    @Override
    public synchronized void close() {
        closed = true;
        sampling.interrupt();
    }
}
