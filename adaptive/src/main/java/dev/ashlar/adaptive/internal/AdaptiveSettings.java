package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.Adaptive.Tracking;
import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.Profile;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The settings of the strategy {@code adaptive}. The method of the builder with the same name says what each means. */
public final class AdaptiveSettings {

    /** The settings of a tier, which is a range of sizes. */
    public record TierSettings(
            String name,
            StrategySetting<Long> upTo,
            StrategySetting<List<String>> strategies,
            StrategySetting<Double> retainedShare) {

        private static TierSettings of(String name, long upTo, double retainedShare, String... strategies) {
            return new TierSettings(
                    name,
                    StrategySetting.between(name + ".upTo", upTo, 0L, Long.MAX_VALUE),
                    names(name + ".strategies", strategies),
                    StrategySetting.between(name + ".retainedShare", retainedShare, 0.0, 1.0));
        }
    }

    public static final StrategySetting<Profile> PROFILE = StrategySetting.of("profile", Profile.GENERAL);

    public static final TierSettings SMALL =
            TierSettings.of("small", 256, 0.25, "slab", "lockfree", "tlsf", "buddy", Adaptive.DIRECT);
    public static final TierSettings MEDIUM =
            TierSettings.of("medium", 64 * 1024, 0.5, "slab", "lockfree", "tlsf", "buddy", Adaptive.DIRECT);
    public static final TierSettings LARGE = TierSettings.of("large", 1 << 30, 0.25, "buddy", "tlsf", Adaptive.DIRECT);

    /** The tiers, the one with the smallest blocks first. */
    static final List<TierSettings> TIERS = List.of(SMALL, MEDIUM, LARGE);

    public static final StrategySetting<List<String>> SHORT_LIVED = names("shortLived", Adaptive.TIER);
    public static final StrategySetting<Boolean> THREAD_CACHES = StrategySetting.of("threadCaches", true);
    public static final StrategySetting<Double> SOFT_LIMIT = StrategySetting.between("softLimit", 0.9, 0.1, 1.0);
    public static final StrategySetting<Integer> TAGS = StrategySetting.between("tags", 64, 0, 1024);
    public static final StrategySetting<Tracking> TRACKING = StrategySetting.of("tracking", Tracking.TOTALS);
    public static final StrategySetting<Housekeeping> HOUSEKEEPING =
            StrategySetting.of("housekeeping", Housekeeping.AUTOMATIC);

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    public static final StrategySetting<Duration> INTERVAL =
            StrategySetting.between("adaptation.interval", Duration.ofSeconds(1), Duration.ofMillis(1), HOUR);

    /** With a pass each second this is a minute, like the pause. */
    public static final StrategySetting<Integer> WINDOW = StrategySetting.between("adaptation.window", 60, 2, 3600);

    public static final StrategySetting<Duration> PAUSE =
            StrategySetting.between("adaptation.pause", Duration.ofMinutes(1), Duration.ZERO, DAY);
    public static final StrategySetting<Double> LOW_HIT_RATE =
            StrategySetting.between("adaptation.lowHitRate", 0.90, 0.0, 1.0);
    public static final StrategySetting<Double> HIGH_HIT_RATE =
            StrategySetting.between("adaptation.highHitRate", 0.99, 0.0, 1.0);
    public static final StrategySetting<Double> GROWTH = StrategySetting.between("adaptation.growth", 1.2, 1.01, 10.0);
    public static final StrategySetting<Long> MOST_RETAINED =
            StrategySetting.between("adaptation.mostRetained", 256L << 20, 0L, Long.MAX_VALUE);
    public static final StrategySetting<Duration> DECAY =
            StrategySetting.between("adaptation.decay", Duration.ofSeconds(10), Duration.ZERO, DAY);

    /** Enough for a table of a tier that gets half of all requests; others need some passes. 16 KiB of the heap. */
    public static final StrategySetting<Integer> SAMPLES =
            StrategySetting.between("adaptation.samples", 2048, 0, 1 << 20);

    /** A fixed table needs 88 classes for the same range. */
    public static final StrategySetting<Integer> SIZE_CLASSES =
            StrategySetting.between("adaptation.sizeClasses", 64, 1, 128);

    /**
     * After a change, memory stays in slabs of the old classes for a while. A change that saves less than 3 % is not
     * worth that.
     */
    public static final StrategySetting<Double> TABLE_SAVING =
            StrategySetting.between("adaptation.tableSaving", 0.03, 0.001, 1.0);

    public static final StrategySetting<Double> FRAGMENTATION = ratio("alerts.fragmentation", 0.3);
    public static final StrategySetting<Double> UTILISATION = ratio("alerts.utilisation", 0.5);
    public static final StrategySetting<Double> OVERHEAD =
            StrategySetting.between("alerts.overhead", 2.5, 1.0, 1_000.0);
    public static final StrategySetting<Double> PRESSURE = ratio("alerts.pressure", 0.9);
    public static final StrategySetting<Double> HIT_RATE = ratio("alerts.hitRate", 0.90);
    public static final StrategySetting<Double> REUSE_RATIO = ratio("alerts.reuseRatio", 0.8);
    public static final StrategySetting<Double> HYSTERESIS =
            StrategySetting.between("alerts.hysteresis", 0.05, 0.0, 0.5);

    static final List<StrategySetting<?>> ALL = all();

    private AdaptiveSettings() {}

    private static StrategySetting<List<String>> names(String key, String... byDefault) {
        return StrategySetting.list(key, String.class, List.of(byDefault), names -> {
            if (names.isEmpty() || !names.stream().allMatch(name -> name.matches("[a-z][a-z0-9-]*"))) {
                throw new IllegalArgumentException(key + " is '" + String.join(",", names)
                        + "', must be one or more names of strategies, such as slab,tlsf");
            }
        });
    }

    private static StrategySetting<Double> ratio(String key, double byDefault) {
        return StrategySetting.between(key, byDefault, 0.0, 1.0);
    }

    private static List<StrategySetting<?>> all() {
        List<StrategySetting<?>> all = new ArrayList<>();
        TIERS.forEach(tier -> all.addAll(List.of(tier.upTo, tier.strategies, tier.retainedShare)));
        all.addAll(List.of(PROFILE, SHORT_LIVED, THREAD_CACHES, SOFT_LIMIT, TAGS, TRACKING, HOUSEKEEPING));
        all.addAll(List.of(INTERVAL, WINDOW, PAUSE, LOW_HIT_RATE, HIGH_HIT_RATE, GROWTH, MOST_RETAINED));
        all.addAll(List.of(DECAY, SAMPLES, SIZE_CLASSES, TABLE_SAVING));
        all.addAll(List.of(FRAGMENTATION, UTILISATION, OVERHEAD, PRESSURE, HIT_RATE, REUSE_RATIO, HYSTERESIS));
        return List.copyOf(all);
    }

    /**
     * The settings in a configuration. A setting that is not set has the value of the profile.
     *
     * @throws IllegalArgumentException if a key is unknown, a value is malformed or out of range, or values contradict
     *     each other
     */
    static StrategySettings of(AllocatorConfig config) {
        StrategySettings given = config.settings(AdaptiveProvider.NAME, ALL);
        StrategySettings settings = given.orElse(ofProfile(given.get(PROFILE)));
        settings.requireAscending(SMALL.upTo, MEDIUM.upTo);
        settings.requireAscending(MEDIUM.upTo, LARGE.upTo);
        settings.requireAscending(LOW_HIT_RATE, HIGH_HIT_RATE);
        double shares = TIERS.stream()
                .mapToDouble(tier -> settings.get(tier.retainedShare))
                .sum();
        if (shares > 1 + 1e-9) {
            throw new IllegalArgumentException(TIERS.stream()
                            .map(tier -> settings.describe(tier.retainedShare))
                            .collect(Collectors.joining(", "))
                    + ". Together they are " + shares + ", must be 0 to 1. Lower one of them.");
        }
        return settings;
    }

    private static StrategySettings ofProfile(Profile profile) {
        return switch (profile) {
            case GENERAL -> StrategySettings.NONE;
            case HIGH_THROUGHPUT ->
                StrategySettings.NONE
                        .with(DECAY, Duration.ofMinutes(1))
                        .with(PAUSE, Duration.ofSeconds(10))
                        .with(GROWTH, 1.5)
                        .with(MOST_RETAINED, 1L << 30);
            case SMALL_MEMORY ->
                StrategySettings.NONE
                        .with(LARGE.strategies, List.of("tlsf", "buddy", Adaptive.DIRECT))
                        .with(DECAY, Duration.ofSeconds(2))
                        .with(MOST_RETAINED, 8L << 20);
            case PRODUCTION ->
                StrategySettings.NONE
                        .with(PRESSURE, 0.8)
                        .with(HYSTERESIS, 0.1)
                        .with(SOFT_LIMIT, 0.8)
                        .with(PAUSE, Duration.ofMinutes(5))
                        .with(DECAY, Duration.ofSeconds(30));
        };
    }
}
