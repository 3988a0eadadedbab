package dev.ashlar.metrics;

import java.util.Comparator;
import java.util.List;

/**
 * Whether allocators serve their program well, for the probes of an orchestrator. A {@link HealthCheck} finds it.
 * Immutable.
 *
 * @param status the worst of the reasons; {@link Status#UP} without any
 * @param reasons what is not well, the worst first
 */
public record Health(Status status, List<Reason> reasons) {

    /** Copies the list. */
    public Health {
        reasons = List.copyOf(reasons);
    }

    /** How well it is, the best first. */
    public enum Status {
        /** All figures are within their thresholds. */
        UP,
        /** It works, but someone should look at it. */
        DEGRADED,
        /** The program does not get the memory that it needs. */
        DOWN
    }

    /** What is looked at. Shares are fractions: 0.05 is five per cent. */
    public enum Kind {
        /** Share of the window's requests that were hits, if there are at least 1,000; degraded below 0.5. */
        HIT_RATE(0.5, 0),
        /** 1 - requested / committed bytes, if the difference is 16 MiB or more; degraded above 0.75. */
        FRAGMENTATION(0.75, 1),
        /** Share of the limit that is used; degraded above 0.9. */
        PRESSURE(0.9, 1),
        /** Share of the window's requests that were refused; degraded above 0, down above 0.01. */
        REFUSALS(0, 0.01),
        /** By how many bytes old live blocks grew in the window; degraded above 64 MiB. Needs tracking. */
        LEAKS(64 << 20, Double.POSITIVE_INFINITY),
        /** Live blocks that no code has any more; degraded above 0. Needs tracking. */
        UNREACHABLE(0, Double.POSITIVE_INFINITY),
        /** 1 if the allocator is closed, which is down. */
        CLOSED(0, 0);

        final double degraded;
        final double down;

        Kind(double degraded, double down) {
            this.degraded = degraded;
            this.down = down;
        }
    }

    /**
     * A figure that is beyond a threshold.
     *
     * @param allocator the name of the allocator
     * @param kind which figure
     * @param status how bad it is
     * @param figure its value
     * @param threshold the threshold
     * @param text the same in a sentence
     */
    public record Reason(String allocator, Kind kind, Status status, double figure, double threshold, String text) {}

    /**
     * The health that reasons make together, such as those of several allocators.
     *
     * @param reasons in any order
     */
    public static Health of(List<Reason> reasons) {
        List<Reason> worstFirst = reasons.stream()
                .sorted(Comparator.comparing(Reason::status).reversed())
                .toList();
        return new Health(worstFirst.isEmpty() ? Status.UP : worstFirst.getFirst().status, worstFirst);
    }
}
