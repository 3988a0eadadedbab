package dev.ashlar.adaptive.guice;

import com.google.inject.Binder;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Limit;
import dev.ashlar.spi.ByteSize;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The named limits, set in code and by properties. A dot in a name makes a limit the child of another one. So there are
 * no cycles, and in the order of names each limit comes after its parent.
 *
 * <p>All limits of an injector are made together, before any of them is used. So each reservation applies from the
 * start, even if its component is injected late.
 */
final class LimitSettings {

    /** Properties that set limits. */
    static final String LIMITS = Settings.PREFIX + "limits.";

    /** Properties that set reservations. */
    static final String RESERVATIONS = Settings.PREFIX + "reservations.";

    private static final String NAME = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

    private final Binder binder;
    private final SortedMap<String, Setting<Long>> limits;
    private final SortedMap<String, Setting<Long>> reservations;
    private boolean wrong;

    /**
     * Reads the properties.
     *
     * @param binder receives errors
     * @param limits the limits that are set in code, in bytes
     * @param reservations the reservations that are set in code, in bytes
     * @param properties override the values that are set in code
     */
    LimitSettings(
            Binder binder,
            SortedMap<String, Setting<Long>> limits,
            SortedMap<String, Setting<Long>> reservations,
            SortedMap<String, String> properties) {
        this.binder = binder;
        this.limits = with(limits, LIMITS, properties);
        this.reservations = with(reservations, RESERVATIONS, properties);
    }

    private SortedMap<String, Setting<Long>> with(
            SortedMap<String, Setting<Long>> inCode, String prefix, SortedMap<String, String> properties) {
        SortedMap<String, Setting<Long>> all = new TreeMap<>(inCode);
        properties.forEach((key, text) -> {
            if (key.startsWith(prefix)) {
                try {
                    all.put(key.substring(prefix.length()), Setting.byProperty(ByteSize.parse(text), key));
                } catch (IllegalArgumentException e) {
                    refuse(Setting.byProperty(text, key), "%s is '%s': %s", key, text, String.valueOf(e.getMessage()));
                }
            }
        });
        return all;
    }

    /**
     * Checks all values, and makes the limits.
     *
     * @param limitBytes the limit of the whole allocator, which no named limit may exceed
     * @return the limits by name, each behind its parent, with their sources. If a value is wrong, the limits have no
     *     bounds. The injector is not made then, but Guice would report each missing binding too
     */
    SortedMap<String, Setting<Limit>> make(long limitBytes) {
        limits.forEach((name, limit) -> checkLimit(name, limit, limitBytes));
        reservations.forEach(this::checkReservation);
        limits.forEach(this::checkTotalOfReservations);
        SortedMap<String, Setting<Limit>> made = new TreeMap<>();
        limits.forEach((name, limit) -> {
            if (name.matches(NAME)) {
                Setting<Limit> parent = made.get(parentOf(name));
                Limit.Builder builder =
                        parent == null ? Limit.builder(name) : parent.value().child(name);
                if (!wrong) {
                    builder.bytes(limit.value()).reserved(reserved(name));
                }
                made.put(name, new Setting<>(builder.build(), limit.source()));
            }
        });
        return made;
    }

    private void checkLimit(String name, Setting<Long> limit, long limitBytes) {
        long bytes = limit.value();
        if (!name.matches(NAME)) {
            refuse(limit, "A limit is named '%s', must be letters, digits, - and _, in parts separated by dots.", name);
            return;
        }
        if (bytes < 0) {
            refuse(limit, "The limit '%s' is %s bytes, must be 0 or more.", name, bytes);
        }
        String whole = parentOf(name);
        Setting<Long> parent = limits.get(whole);
        if (bytes == AllocationException.NO_LIMIT) {
            bytes = 0; // bounded by its parent alone
        }
        if (whole.isEmpty() && bytes > limitBytes) {
            refuse(
                    limit,
                    "The limit '%s' is %s bytes, must be at most that of the whole allocator, which is %s.",
                    name,
                    bytes,
                    limitBytes);
        } else if (parent != null && bytes > parent.value()) {
            refuse(
                    limit,
                    "The limit '%s' is %s bytes, must be at most that of '%s', which is %s.",
                    name,
                    bytes,
                    whole,
                    parent.value());
        } else if (!whole.isEmpty() && parent == null) {
            refuse(
                    limit,
                    "The limit '%s' is within '%s', which is not set. Set it with limit(\"%s\", bytes) or %s%s, or use"
                            + " a name without a dot.",
                    name,
                    whole,
                    whole,
                    LIMITS,
                    whole);
        }
    }

    private void checkReservation(String name, Setting<Long> reservation) {
        long bytes = reservation.value();
        Setting<Long> limit = limits.get(name);
        if (bytes < 0) {
            refuse(reservation, "%s bytes are reserved for the limit '%s', must be 0 or more.", bytes, name);
        } else if (limit == null) {
            refuse(
                    reservation,
                    "%s bytes are reserved for the limit '%s', which is not set. Set it with limit(\"%s\", bytes) or"
                            + " %s%s.",
                    bytes,
                    name,
                    name,
                    LIMITS,
                    name);
        } else if (bytes > limit.value()) {
            refuse(
                    reservation,
                    "%s bytes are reserved for the limit '%s', must be at most the limit, which is %s.",
                    bytes,
                    name,
                    limit.value());
        } else if (bytes > 0 && parentOf(name).isEmpty()) {
            refuse(
                    reservation,
                    "%s bytes are reserved for the limit '%s', which has no parent to hold them. Reserve bytes only for"
                            + " a limit with a dot in its name, such as 'server.cache'.",
                    bytes,
                    name);
        }
    }

    private void checkTotalOfReservations(String name, Setting<Long> limit) {
        long total = heldForChildren(name);
        if (limit.value() >= 0 && total > limit.value()) {
            String each = children(name).stream()
                    .filter(child -> held(child) > 0)
                    .map(child -> held(child) + " for '" + child + "'" + sourceOfReservation(child))
                    .collect(Collectors.joining(", "));
            refuse(
                    limit,
                    "%s bytes are reserved within the limit '%s', must be at most the limit, which is %s: %s.",
                    total,
                    name,
                    limit.value(),
                    each);
        }
    }

    private String sourceOfReservation(String name) {
        Setting<Long> reservation = reservations.get(name);
        return reservation == null ? "" : " (" + reservation.source() + ")";
    }

    private List<String> children(String parent) {
        return limits.keySet().stream()
                .filter(name -> !name.isEmpty() && parentOf(name).equals(parent))
                .toList();
    }

    private long heldForChildren(String name) {
        return children(name).stream().mapToLong(this::held).reduce(0, LimitSettings::sum);
    }

    /**
     * The bytes that the parent of a limit reserves for it: its own reservation, or the sum of its children's if that
     * is more.
     */
    private long held(String name) {
        return Math.max(reserved(name), heldForChildren(name));
    }

    private long reserved(String name) {
        Setting<Long> reservation = reservations.get(name);
        return reservation == null ? 0 : Math.max(0, reservation.value());
    }

    private static long sum(long left, long right) {
        return left > Long.MAX_VALUE - right ? Long.MAX_VALUE : left + right;
    }

    /** The name of the parent of a limit, or an empty text. */
    private static String parentOf(String limit) {
        return limit.substring(0, Math.max(0, limit.lastIndexOf('.')));
    }

    private void refuse(Setting<?> setting, String message, Object... arguments) {
        wrong = true;
        binder.withSource(setting.source()).addError(message, arguments);
    }
}
