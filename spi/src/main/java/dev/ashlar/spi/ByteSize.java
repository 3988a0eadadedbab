package dev.ashlar.spi;

import dev.ashlar.api.AllocationException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Byte sizes as people write them, in every setting and option of Ashlar: {@code 4096}, {@code 64KiB}, {@code 8G},
 * {@code 1.5 GiB}, {@code 8GB}, {@code 60%}, {@code none}. Upper and lower case are the same.
 *
 * <table>
 * <caption>Units</caption>
 * <tr><th>Written</th><th>Means</th></tr>
 * <tr><td>a number alone, or {@code B}</td><td>bytes</td></tr>
 * <tr><td>{@code K}, {@code M}, {@code G}, {@code T}, {@code P}, {@code E}</td><td>powers of 1024, as in the JVM's
 *     {@code -Xmx8g}</td></tr>
 * <tr><td>{@code KiB}, {@code MiB}, {@code GiB}, {@code TiB}, {@code PiB}, {@code EiB}</td><td>powers of 1024</td></tr>
 * <tr><td>{@code kB}, {@code MB}, {@code GB}, {@code TB}, {@code PB}, {@code EB}</td><td>powers of 1000</td></tr>
 * <tr><td>{@code %}, from 0 to 100</td><td>a share of the {@linkplain ProcessMemory memory that this process may use}
 * off the Java heap: the limit of its container, otherwise the memory of the machine, less the maximum of the Java
 * heap. A line of the log says which</td></tr>
 * <tr><td>{@code none}</td><td>no bound: {@link #NONE}</td></tr>
 * </table>
 */
public final class ByteSize {

    /** What {@code none} means: no bound, the same number as {@link AllocationException#NO_LIMIT}. */
    public static final long NONE = AllocationException.NO_LIMIT;

    private static final Logger LOG = LoggerFactory.getLogger(ByteSize.class);

    private static final String NONE_TEXT = "none";

    private static final Pattern TEXT = Pattern.compile("(\\d{1,19}(?:\\.\\d{1,18})?) ?(%|(?:[kmgtpe]i?)?b?)");

    /** The first letters of units; the n-th means the n-th power. */
    private static final String PREFIXES = "kmgtpe";

    private static final List<String> IEC_UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

    private ByteSize() {}

    /**
     * Reads a byte size.
     *
     * @param text a number with or without a unit, or {@code none}. A fraction must be a whole number of bytes; with
     *     {@code %} it is rounded down
     * @return the number of bytes, 0 or more; {@link #NONE} for {@code none}
     * @throws IllegalArgumentException if the text is no byte size, if it means more than {@link Long#MAX_VALUE} bytes,
     *     or if it has {@code %} and the memory of this process is not known, or all of it is the Java heap's
     */
    public static long parse(String text) {
        String lowerCase = text.strip().toLowerCase(Locale.ROOT);
        if (lowerCase.equals(NONE_TEXT)) {
            return NONE;
        }
        Matcher matcher = TEXT.matcher(lowerCase);
        if (!matcher.matches() || matcher.group(2).endsWith("i")) {
            throw new IllegalArgumentException("'" + text + "' is no byte size: write a number of 0 or more with K, M,"
                    + " G, T or KiB, MiB, GiB, TiB behind it (powers of 1024), kB, MB, GB, TB (powers of 1000), or"
                    + " nothing for bytes, such as 64KiB; or " + NONE_TEXT + " for no bound; or a part of the memory"
                    + " that this process may use off the Java heap, such as 60%");
        }
        BigDecimal number = new BigDecimal(matcher.group(1));
        return matcher.group(2).equals("%") ? part(text, number) : bytes(text, number.multiply(factor(matcher)));
    }

    private static long part(String text, BigDecimal percent) {
        BigDecimal whole = BigDecimal.valueOf(100);
        if (percent.compareTo(whole) > 0) {
            throw new IllegalArgumentException("'" + text + "' is too large: at most 100%");
        }
        ProcessMemory memory = processMemory();
        if (memory.bytes() == 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' is a share of " + memory + ". Set -Xmx lower, or write a number of bytes");
        }
        long bytes = percent.multiply(BigDecimal.valueOf(memory.bytes()))
                .divide(whole, RoundingMode.DOWN)
                .longValue();
        LOG.info("'{}' is {} bytes, of {}", text, bytes, memory);
        return bytes;
    }

    private static ProcessMemory processMemory() {
        try {
            return ProcessMemory.now();
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static long bytes(String text, BigDecimal bytes) {
        if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("'" + text + "' is too large: at most " + Long.MAX_VALUE + " bytes");
        }
        try {
            return bytes.longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is " + bytes.toPlainString() + " bytes, must be whole", e);
        }
    }

    private static BigDecimal factor(Matcher matcher) {
        String unit = matcher.group(2);
        if (unit.isEmpty() || unit.equals("b")) {
            return BigDecimal.ONE;
        }
        boolean decimal = unit.length() == 2; // kb, and not k or kib
        return BigDecimal.valueOf(decimal ? 1000 : 1024).pow(PREFIXES.indexOf(unit.charAt(0)) + 1);
    }

    /**
     * Writes a byte size in the largest unit of 1024 that holds it as a whole number. {@link #parse} reads it back.
     *
     * @param byteSize 0 or more, or {@link #NONE}
     * @return such as {@code 64 KiB}, {@code 1000 B}, {@code none}
     * @throws IllegalArgumentException if it is negative
     */
    public static String format(long byteSize) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 0 or more");
        }
        if (byteSize == NONE) {
            return NONE_TEXT;
        }
        int power = byteSize == 0 ? 0 : Long.numberOfTrailingZeros(byteSize) / 10;
        return (byteSize >>> (10 * power)) + " " + IEC_UNITS.get(power);
    }
}
