package dev.ashlar.spi;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads the text of a property as a value of a type. */
final class PropertyText {

    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,18}) ?(ns|us|ms|s|min|h|d)");

    /** No NaN, no infinity, no type suffix. */
    private static final Pattern DECIMAL = Pattern.compile("-?\\d{1,18}(?:\\.\\d{1,18})?");

    private static final Map<String, ChronoUnit> DURATION_UNITS = Map.of(
            "ns", ChronoUnit.NANOS,
            "us", ChronoUnit.MICROS,
            "ms", ChronoUnit.MILLIS,
            "s", ChronoUnit.SECONDS,
            "min", ChronoUnit.MINUTES,
            "h", ChronoUnit.HOURS,
            "d", ChronoUnit.DAYS);

    private static final Set<Type> LISTED = Set.of(Integer.class, Long.class, String.class);

    private PropertyText() {}

    /**
     * Reads a value.
     *
     * @param key the property, for the message
     * @param text its value
     * @param type {@code int}, {@code long}, {@code double}, {@code boolean}, {@code String}, {@code Duration}, an
     *     enum, or a list of {@code Integer}, {@code Long} or {@code String}
     * @throws IllegalArgumentException if the text is no value of that type, or the type is another
     */
    static Object parse(String key, String text, Type type) {
        String value = text.strip();
        try {
            if (type == int.class || type == Integer.class) {
                return Integer.parseInt(value);
            } else if (type == long.class || type == Long.class) {
                return parseLong(value);
            } else if (type == double.class) {
                return parseDouble(value);
            } else if (type == boolean.class) {
                return parseBoolean(value);
            } else if (type == String.class) {
                return value;
            } else if (type == Duration.class) {
                return parseDuration(value);
            } else if (type instanceof Class<?> constants && constants.isEnum()) {
                return parseEnum(value, constants);
            }
        } catch (NumberFormatException e) {
            throw refused(
                    key, text, "must be a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE, e);
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()), e);
        }
        if (type instanceof ParameterizedType list
                && list.getRawType() == List.class
                && LISTED.contains(list.getActualTypeArguments()[0])) {
            Type element = list.getActualTypeArguments()[0];
            return value.isEmpty()
                    ? List.of()
                    : Arrays.stream(value.split(",", -1))
                            .map(part -> parse(key, part.strip(), element))
                            .toList();
        }
        throw new IllegalArgumentException(key + " cannot be set by a property, because its type is "
                + type.getTypeName() + ". Set it in code, with AllocatorConfig.Builder.settings.");
    }

    /** The error for a value that is not allowed. */
    static IllegalArgumentException refused(String key, String text, String why, Throwable cause) {
        return new IllegalArgumentException(key + " is '" + text + "': " + why, cause);
    }

    /** A number that is no byte size may be negative. The caller decides whether it may be here. */
    private static long parseLong(String value) {
        return value.matches("-\\d{1,18}") ? Long.parseLong(value) : ByteSize.parse(value);
    }

    private static double parseDouble(String value) {
        if (!DECIMAL.matcher(value).matches()) {
            throw new IllegalArgumentException("must be a number such as 0.9");
        }
        return Double.parseDouble(value);
    }

    private static boolean parseBoolean(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
        };
    }

    private static Duration parseDuration(String value) {
        Matcher matcher = SHORT_DURATION.matcher(value.toLowerCase(Locale.ROOT));
        try {
            return matcher.matches()
                    ? Duration.of(Long.parseLong(matcher.group(1)), DURATION_UNITS.get(matcher.group(2)))
                    : Duration.parse(value);
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "must be a duration, such as 250ms, 10s, 5min (units ns, us, ms, s, min, h, d) or PT1M30S", e);
        }
    }

    private static Object parseEnum(String value, Class<?> type) {
        String constant = value.replace('-', '_');
        Object[] constants = type.getEnumConstants();
        return Arrays.stream(constants)
                .filter(candidate -> ((Enum<?>) candidate).name().equalsIgnoreCase(constant))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + Arrays.stream(constants)
                                .map(candidate -> ((Enum<?>) candidate).name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
    }
}
