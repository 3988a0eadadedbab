package dev.ashlar.adaptive;

import java.time.Duration;

/** Settings that go together, for a kind of program. A setting that is given beside a profile overrides it. */
public enum Profile {
    /** The defaults: little memory for the speed, fast for the memory. */
    GENERAL,

    /** Memory is kept for a minute, and capacity grows sooner and further: for programs with memory to spare. */
    HIGH_THROUGHPUT,

    /**
     * Medium and large blocks side by side in {@code tlsf}, and memory goes back after two seconds: for small heaps.
     * Small blocks stay where they are by default, because they take less there than side by side with others.
     */
    SMALL_MEMORY,

    /** The defaults, with detailed tracking off, slower adaptation and an early alert of pressure: for servers. */
    PRODUCTION;

    /** Puts this profile over the defaults. */
    void set(AdaptiveConfig.Values to) {
        to.profile = this;
        switch (this) {
            case GENERAL -> {}
            case HIGH_THROUGHPUT ->
                to.adaptation = to.adaptation.with(its -> {
                    its.decay = Duration.ofMinutes(1);
                    its.pause = Duration.ofSeconds(10);
                    its.growth = 1.5;
                    its.largestCapacity = 1L << 30;
                });
            case SMALL_MEMORY -> {
                to.large = to.large.withStrategies("tlsf", "buddy", "direct");
                to.adaptation = to.adaptation.with(its -> {
                    its.decay = Duration.ofSeconds(2);
                    its.largestCapacity = 8L << 20;
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
