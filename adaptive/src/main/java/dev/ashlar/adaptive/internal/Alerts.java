package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.spi.StrategySettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** The alerts that are raised now. For the housekeeping thread; any thread may read them. */
final class Alerts {

    /** With fewer requests a rate means nothing, because the first requests always miss. */
    private static final long ENOUGH_REQUESTS = 100;

    private final Map<Alert, Hysteresis> thresholds;
    private final EventLog events;

    /** Guarded by this. */
    private final Map<String, AllocatorEvent.AlertRaised> raised = new TreeMap<>();

    Alerts(StrategySettings settings, EventLog events) {
        this.events = events;
        double margin = settings.get(AdaptiveSettings.HYSTERESIS);
        this.thresholds = Map.of(
                Alert.FRAGMENTATION, Hysteresis.ofFraction(settings.get(AdaptiveSettings.FRAGMENTATION), margin, true),
                Alert.UTILISATION, Hysteresis.ofFraction(settings.get(AdaptiveSettings.UTILISATION), margin, false),
                Alert.OVERHEAD, new Hysteresis(settings.get(AdaptiveSettings.OVERHEAD), margin, true),
                Alert.PRESSURE, Hysteresis.ofFraction(settings.get(AdaptiveSettings.PRESSURE), margin, true),
                Alert.HIT_RATE, Hysteresis.ofFraction(settings.get(AdaptiveSettings.HIT_RATE), margin, false),
                Alert.REUSE_RATIO, Hysteresis.ofFraction(settings.get(AdaptiveSettings.REUSE_RATIO), margin, false));
    }

    /** Checks a figure. A change is an event. */
    void look(Instant now, Alert alert, String what, double figure) {
        look(now, alert, what, figure, true);
    }

    /** Checks a share of requests. No alert is raised for few requests. */
    void lookAtRate(Instant now, Alert alert, String what, double rate, long requests) {
        look(now, alert, what, rate, requests >= ENOUGH_REQUESTS);
    }

    private synchronized void look(Instant now, Alert alert, String what, double figure, boolean mayRaise) {
        Hysteresis threshold = Objects.requireNonNull(thresholds.get(alert));
        String key = alert + " " + what;
        boolean was = raised.containsKey(key);
        boolean is = threshold.isRaised(was, figure);
        if (is && !was && mayRaise) {
            var event = new AllocatorEvent.AlertRaised(now, alert, what, figure, threshold.threshold());
            raised.put(key, event);
            events.decided(event);
        } else if (was && !is) {
            raised.remove(key);
            events.decided(new AllocatorEvent.AlertEnded(now, alert, what, figure));
        }
    }

    /** The raised alerts. */
    synchronized List<AllocatorEvent.AlertRaised> raised() {
        return List.copyOf(raised.values());
    }
}
