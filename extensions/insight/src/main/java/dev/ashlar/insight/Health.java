package dev.ashlar.insight;

import java.util.Comparator;
import java.util.List;

/**
 * Whether an allocator serves its program well, for the probes of an orchestrator. {@link HealthRules} decide.
 * Immutable.
 *
 * @param status the worst of the reasons; {@link Status#UP} without any
 * @param reasons what is not well, the worst first
 */
public record Health(Status status, List<Reason> reasons) {

    /** Nothing is wrong. */
    public static final Health UP = new Health(Status.UP, List.of());

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

    /** What is looked at. */
    public enum Kind {
        /** Share of the requests of the window that were served from memory already held. */
        HIT_RATE,
        /** Share of the committed bytes that is not requested: 1 - requested / committed. */
        FRAGMENTATION,
        /** Share of the limit that is used. */
        PRESSURE,
        /** Share of the requests of the window that were refused. */
        REFUSALS,
        /** By how many bytes old live blocks grew in the window. Known with tracking only. */
        LEAKS,
        /** Live blocks that no code has any more. Known with tracking only. */
        UNREACHABLE,
        /** Whether the allocator is closed: 1. */
        CLOSED
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

    /** The health of these reasons. */
    static Health of(List<Reason> reasons) {
        List<Reason> worstFirst = reasons.stream()
                .sorted(Comparator.comparing(Reason::status).reversed())
                .toList();
        return worstFirst.isEmpty() ? UP : new Health(worstFirst.getFirst().status, worstFirst);
    }
}
