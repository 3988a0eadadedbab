package dev.ashlar.insight.text;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reports for people, which are the same in every locale. */
public final class PlainText {

    private PlainText() {}

    /**
     * Text with values in it.
     *
     * @param format as of {@link String#format}
     * @param values what goes into it
     */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    public static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /**
     * A part of a report: a title, and a line for each text. Empty without any.
     *
     * @param title on a line of its own
     * @param texts what stands below it
     */
    public static String part(String title, Stream<?> texts) {
        String lines = texts.map(text -> "%n  %s".formatted(text)).collect(Collectors.joining());
        return lines.isEmpty() ? "" : System.lineSeparator() + title + lines;
    }
}
