package dev.ashlar.adaptive;

import java.time.Duration;

/** A set of settings for a kind of program. A setting that is given in addition to a profile overrides it. */
public enum Profile {
    /** The defaults: a balance of memory and speed. */
    GENERAL,

    /**
     * Idle memory is kept for a minute, and the retained bytes grow sooner and further: for programs with much memory.
     */
    HIGH_THROUGHPUT,

    /**
     * Medium and large blocks are together in {@code tlsf}, and idle memory goes back after two seconds: for small
     * heaps. Small blocks stay in their default strategy, where they take less memory.
     */
    SMALL_MEMORY,

    /** The defaults, with detailed tracking off, slower adaptation and an early alert of pressure: for servers. */
    PRODUCTION;

    /** Applies this profile to the defaults. */
    void set(AdaptiveConfig.Values to) {
        to.profile = this;
        switch (this) {
            case GENERAL -> {}
            case HIGH_THROUGHPUT ->
                to.adaptation = to.adaptation.with(its -> {
                    its.decay = Duration.ofMinutes(1);
                    its.pause = Duration.ofSeconds(10);
                    its.growth = 1.5;
                    its.mostRetained = 1L << 30;
                });
            case SMALL_MEMORY -> {
                to.large = to.large.withStrategies("tlsf", "buddy", "direct");
                to.adaptation = to.adaptation.with(its -> {
                    its.decay = Duration.ofSeconds(2);
                    its.mostRetained = 8L << 20;
                });
            }
            case PRODUCTION -> {
                AlertConfig alerts = to.alerts;
                to.alerts = new AlertConfig(
                        alerts.fragmentation(),
                        alerts.utilisation(),
                        alerts.overhead(),
                        0.8,
                        alerts.hitRate(),
                        alerts.reuseRatio(),
                        0.1);
                to.tracking = AdaptiveConfig.Tracking.TOTALS;
                to.softLimit = 0.8;
                to.adaptation = to.adaptation.with(its -> {
                    its.pause = Duration.ofMinutes(5);
                    its.decay = Duration.ofSeconds(30);
                });
            }
        }
    }
}
