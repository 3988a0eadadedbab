package dev.ashlar.spi;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

    private PropertyText() {}

    /**
     * Reads a value.
     *
     * @param key the property, for the message
     * @param text its value
     * @param type a type that {@link StrategySetting} names, other than a list
     * @throws IllegalArgumentException if the text is no value of that type, or the type is not supported
     */
    static Object parse(String key, String text, Class<?> type) {
        String value = text.strip();
        try {
            if (type == Integer.class) {
                return Integer.parseInt(value);
            } else if (type == Long.class) {
                return parseLong(value);
            } else if (type == Double.class) {
                return parseDouble(value);
            } else if (type == Boolean.class) {
                return parseBoolean(value);
            } else if (type == String.class) {
                return value;
            } else if (type == Duration.class) {
                return parseDuration(value);
            } else if (type.isEnum()) {
                return parseEnum(value, type);
            }
        } catch (NumberFormatException e) {
            throw refused(
                    key, text, "must be a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE, e);
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()), e);
        }
        throw new IllegalArgumentException(key + " cannot be set by a property, because its type is "
                + type.getTypeName() + ". Set it in code, with the builder of the strategy.");
    }

    /**
     * Reads a list whose elements are separated by commas.
     *
     * @param elements the type of the elements, as for {@link #parse}
     */
    static List<Object> parseList(String key, String text, Class<?> elements) {
        return text.isBlank()
                ? List.of()
                : Arrays.stream(text.split(",", -1))
                        .map(part -> parse(key, part.strip(), elements))
                        .toList();
    }

    /** The error for a value that is not allowed. */
    static IllegalArgumentException refused(String key, String text, String why, Throwable cause) {
        return new IllegalArgumentException(key + " is '" + text + "': " + why, cause);
    }

    /** A byte size, or a negative number. The check of the setting decides whether it may be negative. */
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
