package dev.ashlar.adaptive;

import java.time.Duration;

/** Settings that go together, for a kind of program. What is set beside a profile goes before it. */
public enum Profile {
    /** The defaults: little memory for the speed, fast for the memory. */
    GENERAL,

    /** Memory is kept for a minute, and capacity grows sooner and further: for programs with memory to spare. */
    HIGH_THROUGHPUT,

    /**
     * Medium and large blocks side by side in {@code tlsf}, and memory goes back after two seconds: for small heaps. Small
     * blocks stay where they are by default, because they take less there than side by side with others.
     */
    SMALL_MEMORY,

    /** The defaults, with detailed tracking off, slower adaptation and an early alert of pressure: for servers. */
    PRODUCTION;

    /** Puts this profile over the defaults. */
    AdaptiveConfig.Builder preset(AdaptiveConfig.Builder defaults) {
        AlertConfig alerts = AlertConfig.DEFAULTS;
        return switch (this) {
            case GENERAL -> defaults;
            case HIGH_THROUGHPUT ->
                defaults.adaptation(AdaptationConfig.DEFAULTS.with(to -> {
                    to.decay = Duration.ofMinutes(1);
                    to.pause = Duration.ofSeconds(10);
                    to.growth = 1.5;
                    to.largestCapacity = 1L << 30;
                }));
            case SMALL_MEMORY ->
                defaults.large(AdaptiveConfig.DEFAULTS.large().withStrategies("tlsf,buddy,direct"))
                        .adaptation(AdaptationConfig.DEFAULTS.with(to -> {
                            to.decay = Duration.ofSeconds(2);
                            to.largestCapacity = 8L << 20;
                        }));
            case PRODUCTION ->
                defaults.tracking(AdaptiveConfig.Tracking.TOTALS)
                        .softLimit(0.8)
                        .alerts(new AlertConfig(
                                alerts.fragmentation(), 0.8, alerts.hitRate(), alerts.reuseRatio(), 0.1))
                        .adaptation(AdaptationConfig.DEFAULTS.with(to -> {
                            to.pause = Duration.ofMinutes(5);
                            to.decay = Duration.ofSeconds(30);
                        }));
        };
    }
}
