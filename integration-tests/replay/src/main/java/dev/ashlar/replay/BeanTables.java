package dev.ashlar.replay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.management.Attribute;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/** The beans of {@code ashlar-metrics} as text: a table for each type, a row for each bean. */
final class BeanTables {

    /** The figures of a type that fit a line; of a type that is not here, the first ones. */
    private static final Map<String, List<String>> CHOSEN = Map.of(
            "Allocator",
            List.of(
                    "RequestedBytes",
                    "CommittedBytes",
                    "LimitBytes",
                    "LiveBlocks",
                    "Allocations",
                    "HitRate",
                    "Refused",
                    "InternalFragmentation",
                    "Utilisation"),
            "Cache",
            List.of("Entries", "StoredBytes", "HitRate", "Hits", "Misses", "Evictions", "DiskEntries", "DiskBytes"));

    private static final int COLUMNS = 9;

    private final MBeanServerConnection beans;

    BeanTables(MBeanServerConnection beans) {
        this.beans = beans;
    }

    /** All tables; empty if there are no beans. */
    String text() throws IOException, JMException {
        SortedMap<String, SortedMap<String, ObjectName>> byType = new TreeMap<>();
        for (ObjectName bean : new TreeSet<>(beans.queryNames(new ObjectName("dev.ashlar:*"), null))) {
            byType.computeIfAbsent(bean.getKeyProperty("type"), _ -> new TreeMap<>())
                    .put(ObjectName.unquote(bean.getKeyProperty("name")), bean);
        }
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, SortedMap<String, ObjectName>> type : byType.entrySet()) {
            append(text, type.getKey(), type.getValue());
        }
        return text.toString();
    }

    private void append(StringBuilder text, String type, SortedMap<String, ObjectName> named)
            throws IOException, JMException {
        List<String> columns = columns(type, named.values());
        List<List<String>> rows = new ArrayList<>();
        rows.add(row(type, columns.stream().map(BeanTables::title)));
        for (Map.Entry<String, ObjectName> bean : named.entrySet()) {
            Map<String, Object> figures = figures(bean.getValue(), columns);
            if (!figures.isEmpty()) {
                rows.add(row(bean.getKey(), columns.stream().map(figure -> shown(figure, figures.get(figure)))));
            }
        }
        if (rows.size() > 1) {
            text.append(text.isEmpty() ? "" : "\n");
            align(text, rows);
        }
    }

    private static List<String> row(String name, Stream<String> cells) {
        return Stream.concat(Stream.of(name), cells).toList();
    }

    /** The figures that any of the beans has: an allocator without a limit has fewer than others. */
    private List<String> columns(String type, Collection<ObjectName> named) throws IOException, JMException {
        Set<String> existing = new LinkedHashSet<>();
        for (ObjectName bean : named) {
            existing.addAll(existing(bean));
        }
        return CHOSEN.getOrDefault(type, List.copyOf(existing)).stream()
                .filter(existing::contains)
                .limit(COLUMNS)
                .toList();
    }

    /** All figures of a bean; none if it has ended. */
    private List<String> existing(ObjectName bean) throws IOException, JMException {
        try {
            return Arrays.stream(beans.getMBeanInfo(bean).getAttributes())
                    .map(MBeanAttributeInfo::getName)
                    .toList();
        } catch (InstanceNotFoundException e) {
            return List.of();
        }
    }

    /** The figures that a bean has of some; none if it has ended. */
    private Map<String, Object> figures(ObjectName bean, List<String> columns) throws IOException, JMException {
        Map<String, Object> figures = new HashMap<>();
        try {
            for (Attribute attribute :
                    beans.getAttributes(bean, columns.toArray(String[]::new)).asList()) {
                figures.put(attribute.getName(), attribute.getValue());
            }
        } catch (InstanceNotFoundException e) {
            return Map.of();
        }
        return figures;
    }

    private static void align(StringBuilder text, List<List<String>> rows) {
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int column = i;
                int width = rows.stream()
                        .filter(other -> column < other.size())
                        .mapToInt(other -> other.get(column).length())
                        .max()
                        .orElse(0);
                String cell = row.get(i);
                line.append(i == 0 ? cell : "").repeat(' ', width - cell.length() + (i == 0 ? 0 : 2));
                line.append(i == 0 ? "" : cell);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }

    /** {@code CommittedBytes} as {@code committed}. */
    private static String title(String figure) {
        return figure.replaceFirst("Bytes$", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
    }

    private static String shown(String figure, @Nullable Object value) {
        if (value == null) {
            return "-";
        }
        if (value instanceof Double share) {
            return String.format(Locale.ROOT, "%.1f %%", share * 100);
        }
        if (figure.endsWith("Bytes") && value instanceof Number bytes) {
            return bytes.longValue() < 0
                    ? "none"
                    : String.format(Locale.ROOT, "%.1f MiB", bytes.longValue() / 1048576.0);
        }
        return value instanceof Number number ? String.format(Locale.ROOT, "%,d", number.longValue()) : "" + value;
    }
}
