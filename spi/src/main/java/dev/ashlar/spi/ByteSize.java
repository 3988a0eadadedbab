package dev.ashlar.spi;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Byte sizes as people write them: {@code 4096}, {@code 64KiB}, {@code 1.5 GiB}, {@code 8GB}.
 *
 * <p>Units are those of IEC (KiB, MiB, GiB, TiB, PiB, EiB: powers of 1024), of SI (kB, MB, GB, TB, PB, EB: powers of
 * 1000) and B, in upper or lower case. A single letter such as {@code G} is refused, because some programs mean
 * 1000<sup>3</sup> by it and some 1024<sup>3</sup>.
 */
public final class ByteSize {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,19}(?:\\.\\d{1,18})?) ?([a-z]*)");

    /** The letters before {@code B} and {@code iB}; the n-th stands for the n-th power. */
    private static final String PREFIXES = "KMGTPE";

    private static final List<String> UNITS =
            List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "kB", "MB", "GB", "TB", "PB", "EB");

    private ByteSize() {}

    /**
     * Reads a byte size.
     *
     * @param text a number, and a unit unless it is bytes; a fraction must come out as whole bytes
     * @return the number of bytes, 0 or more
     * @throws IllegalArgumentException if the text is none, or means more than {@link Long#MAX_VALUE} bytes
     */
    public static long parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches() || !isUnit(matcher.group(2))) {
            throw new IllegalArgumentException("'" + text + "' is no byte size: write a number of 0 or more, and "
                    + String.join(", ", UNITS) + " after it or nothing for bytes, such as 64KiB");
        }
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(factor(matcher.group(2)));
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

    /**
     * Writes a byte size in the largest IEC unit that holds it as a whole number. {@link #parse} reads it back.
     *
     * @param byteSize 0 or more
     * @return such as {@code 64 KiB}, {@code 1000 B}
     * @throws IllegalArgumentException if it is negative
     */
    public static String format(long byteSize) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 0 or more");
        }
        int power = byteSize == 0 ? 0 : Long.numberOfTrailingZeros(byteSize) / 10;
        return (byteSize >>> (10 * power)) + " " + UNITS.get(power);
    }

    private static boolean isUnit(String lowerCase) {
        return lowerCase.isEmpty() || UNITS.stream().anyMatch(lowerCase::equalsIgnoreCase);
    }

    private static BigDecimal factor(String lowerCaseUnit) {
        if (lowerCaseUnit.isEmpty() || lowerCaseUnit.equals("b")) {
            return BigDecimal.ONE;
        }
        int power = PREFIXES.indexOf(Character.toUpperCase(lowerCaseUnit.charAt(0))) + 1;
        return BigDecimal.valueOf(lowerCaseUnit.endsWith("ib") ? 1024 : 1000).pow(power);
    }
}
