package dev.ashlar.adaptive;

import java.time.Duration;

/** Settings that go together, for a kind of program. What is set beside a profile goes before it. */
public enum Profile {
    /** The defaults: little memory for the speed, fast for the memory. */
    GENERAL {
        @Override
        AdaptiveConfig.Builder preset(AdaptiveConfig.Builder defaults) {
            return defaults;
        }
    },

    /** Memory is kept for a minute, and capacity grows sooner and further: for programs with memory to spare. */
    HIGH_THROUGHPUT {
        @Override
        AdaptiveConfig.Builder preset(AdaptiveConfig.Builder defaults) {
            AdaptiveConfig from = defaults.build();
            return defaults.adaptation(from.adaptation().toBuilder()
                    .decay(Duration.ofMinutes(1))
                    .pause(Duration.ofSeconds(10))
                    .growth(1.5)
                    .largestCapacity(1L << 30)
                    .build());
        }
    },

    /**
     * Medium and large blocks side by side in {@code tlsf}, and memory goes back after two seconds: for small heaps. Small
     * blocks stay where they are by default, because they take less there than side by side with others.
     */
    SMALL_MEMORY {
        @Override
        AdaptiveConfig.Builder preset(AdaptiveConfig.Builder defaults) {
            AdaptiveConfig from = defaults.build();
            return defaults.large(from.large().withStrategies("tlsf,buddy,direct"))
                    .adaptation(from.adaptation().toBuilder()
                            .decay(Duration.ofSeconds(2))
                            .largestCapacity(8L << 20)
                            .build());
        }
    },

    /** The defaults, with detailed tracking off, slower adaptation and an early alert of pressure: for servers. */
    PRODUCTION {
        @Override
        AdaptiveConfig.Builder preset(AdaptiveConfig.Builder defaults) {
            AdaptiveConfig from = defaults.build();
            AlertConfig alerts = from.alerts();
            return defaults.tracking(AdaptiveConfig.Tracking.TOTALS)
                    .softLimit(0.8)
                    .alerts(new AlertConfig(alerts.fragmentation(), 0.8, alerts.hitRate(), alerts.reuseRatio(), 0.1))
                    .adaptation(from.adaptation().toBuilder()
                            .pause(Duration.ofMinutes(5))
                            .decay(Duration.ofSeconds(30))
                            .build());
        }
    };

    /** Puts this profile over the defaults. */
    abstract AdaptiveConfig.Builder preset(AdaptiveConfig.Builder defaults);
}
