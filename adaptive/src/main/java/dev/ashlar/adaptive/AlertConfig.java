package dev.ashlar.adaptive;

import dev.ashlar.spi.Range;

/**
 * When an alert is raised, and how far a figure must come back before it is over. All are fractions from 0 to 1, but
 * for {@code overhead}.
 *
 * @param fragmentation raised when a larger share of the allocated bytes was not asked for
 * @param utilisation raised when live blocks take a smaller share of the committed bytes beyond the capacity and
 *     4 MiB
 * @param overhead raised when more than so many bytes are committed, beyond the capacity and 4 MiB, for each byte that a
 *     live block was asked for with: waste inside blocks and between them together; 1 or more
 * @param pressure raised when a larger share of the limit is committed; never without a limit
 * @param hitRate raised when a smaller share of the window's requests was served without new memory from the source;
 *     while there are fewer than 100 requests none is raised
 * @param reuseRatio raised when a pool serves a smaller share of its acquires without making an object; likewise
 * @param hysteresis how far below, or above, its threshold a figure must be for the alert to be over, 0 to 0.5
 */
public record AlertConfig(
        double fragmentation,
        double utilisation,
        double overhead,
        double pressure,
        double hitRate,
        double reuseRatio,
        double hysteresis) {

    /** Fragmentation 0.3, utilisation 0.5, overhead 2.5, pressure 0.9, hit rate 0.90, reuse ratio 0.8, hysteresis 0.05. */
    public static final AlertConfig DEFAULTS = new AlertConfig(0.3, 0.5, 2.5, 0.9, 0.90, 0.8, 0.05);

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public AlertConfig {
        Range.requireBetween("fragmentation", fragmentation, 0.0, 1.0);
        Range.requireBetween("utilisation", utilisation, 0.0, 1.0);
        Range.requireBetween("overhead", overhead, 1.0, 1_000.0);
        Range.requireBetween("pressure", pressure, 0.0, 1.0);
        Range.requireBetween("hitRate", hitRate, 0.0, 1.0);
        Range.requireBetween("reuseRatio", reuseRatio, 0.0, 1.0);
        Range.requireBetween("hysteresis", hysteresis, 0.0, 0.5);
    }
}
