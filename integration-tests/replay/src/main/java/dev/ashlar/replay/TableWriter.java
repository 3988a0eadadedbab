package dev.ashlar.replay;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Prints results as a table for each trace, a row as soon as it is there. */
final class TableWriter implements ResultWriter {

    /** A column: its title in two lines, its width, and what it shows. */
    private record Column(String above, String title, int width, Function<Result, String> cell) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("", "events", 9, row -> count(row.events())),
            new Column("", "refused", 9, row -> count(row.refused())),
            new Column("ns per", "event", 8, row -> format("%.1f", row.nsPerEvent())),
            new Column("peak", "requested", 11, row -> mebibytes(row.peakRequested())),
            new Column("peak", "committed", 11, row -> mebibytes(row.peakCommitted())),
            new Column("committed/", "requested", 12, row -> format("%.3f", row.committedOverRequested())),
            new Column("internal", "fragm.", 10, row -> percent(row.internalFragmentation())),
            new Column("utili-", "sation", 9, row -> percent(row.utilisation())),
            new Column("meta-", "data", 9, row -> percent(row.metadata())),
            new Column("hit", "rate", 10, row -> percent(row.hitRate())),
            new Column("upstream", "calls", 10, row -> count(row.upstreamCalls())),
            new Column("", "misuse", 8, row -> count(row.misuse())),
            new Column("", "frames", 8, row -> count(row.frames())));

    private final PrintWriter out;
    private final String how;
    private final int nameWidth;
    private boolean started;

    /**
     * A table.
     *
     * @param how how the figures were made, for the line above each table
     * @param names what the first column shows
     */
    TableWriter(PrintWriter out, String how, List<String> names) {
        this.out = out;
        this.how = how;
        this.nameWidth = names.stream().mapToInt(String::length).reduce("strategy".length(), Math::max);
    }

    @Override
    public void begin(Trace trace) {
        if (started) {
            out.println();
        }
        started = true;
        out.println(trace.name + ": " + count((long) trace.events()) + " events, " + count((long) trace.blocks())
                + " blocks" + (trace.threadCount > 1 ? " of " + trace.threadCount + " threads" : "") + "; " + how);
        line("", Column::above);
        line("strategy", Column::title);
    }

    @Override
    public void write(Result result) {
        line(result.strategy(), column -> column.cell().apply(result));
        if (result.explanation() != null) {
            result.explanation().forEach(line -> out.println("    " + line));
        }
        out.flush();
    }

    @Override
    public void end(List<String> notes) {
        if (!notes.isEmpty()) {
            out.println();
        }
        notes.forEach(out::println);
        out.flush();
    }

    private void line(String name, Function<Column, String> cell) {
        StringBuilder line = new StringBuilder(name).repeat(' ', nameWidth - name.length());
        for (Column column : COLUMNS) {
            String text = cell.apply(column);
            line.repeat(' ', Math.max(1, column.width() - text.length())).append(text);
        }
        out.println(line);
    }

    private static String count(@Nullable Long value) {
        return format("%,d", value);
    }

    private static String mebibytes(@Nullable Long bytes) {
        return format("%.2f MiB", bytes == null ? null : bytes / (double) (1 << 20));
    }

    private static String percent(@Nullable Double fraction) {
        return format("%.2f %%", fraction == null ? null : fraction * 100);
    }

    private static String format(String format, @Nullable Object value) {
        return value == null ? "-" : String.format(Locale.ROOT, format, value);
    }
}
