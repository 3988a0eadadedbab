package dev.ashlar.benchmarks.report;

import java.util.Locale;

/** How values are shown. */
final class Labels {

    private Labels() {}

    /** The value of a key of a setting. */
    static String of(String key, String value) {
        return switch (key) {
            case "size" -> bytes(Long.parseLong(value));
            case "live" -> String.format(Locale.ROOT, "%,d live", Long.parseLong(value));
            case "liveMegabytes" -> value + " MB live";
            case Row.THREADS -> value.equals("1") ? "1 thread" : value + " threads";
            default -> value;
        };
    }

    /** A size, in the largest unit that needs no fraction. */
    static String bytes(long bytes) {
        if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
            return (bytes >> 20) + " MiB";
        }
        if (bytes >= 1 << 10 && bytes % (1 << 10) == 0) {
            return (bytes >> 10) + " KiB";
        }
        return bytes + " B";
    }

    /** Three digits, as far as there are that many. */
    static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%,.0f", value);
    }

    /** The lowest and the highest value, or nothing if there is only one value. */
    static String spread(Sample sample) {
        return sample.lowest() == sample.highest() ? "" : number(sample.lowest()) + "–" + number(sample.highest());
    }

    /** The median, and the spread if there is any. */
    static String sample(Sample sample) {
        String spread = spread(sample);
        return number(sample.median()) + (spread.isEmpty() ? "" : " (" + spread + ")");
    }

    /** An allocator's name on all charts, whatever the benchmark calls its methods. */
    static String allocator(String subject) {
        return subject.replaceFirst("(Address|Plain|Adaptive)$", "").toLowerCase(Locale.ROOT);
    }
}
