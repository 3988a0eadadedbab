package dev.ashlar.replay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.management.Attribute;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;

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
        List<List<String>> rows = new ArrayList<>();
        for (Map.Entry<String, ObjectName> bean : named.entrySet()) {
            Map<String, Object> figures;
            try {
                figures = figures(type, bean.getValue());
            } catch (InstanceNotFoundException e) {
                continue; // it has ended just now
            }
            if (rows.isEmpty()) {
                List<String> titles = new ArrayList<>(List.of(type));
                figures.keySet().forEach(figure -> titles.add(title(figure)));
                rows.add(titles);
            }
            List<String> row = new ArrayList<>(List.of(bean.getKey()));
            figures.forEach((figure, value) -> row.add(shown(figure, value)));
            rows.add(row);
        }
        text.append(text.isEmpty() ? "" : "\n");
        align(text, rows);
    }

    private Map<String, Object> figures(String type, ObjectName bean) throws IOException, JMException {
        List<String> existing = new ArrayList<>();
        for (MBeanAttributeInfo attribute : beans.getMBeanInfo(bean).getAttributes()) {
            existing.add(attribute.getName());
        }
        List<String> chosen = CHOSEN.getOrDefault(type, existing).stream()
                .filter(existing::contains)
                .limit(COLUMNS)
                .toList();
        Map<String, Object> figures = new LinkedHashMap<>();
        for (Attribute attribute :
                beans.getAttributes(bean, chosen.toArray(String[]::new)).asList()) {
            figures.put(attribute.getName(), attribute.getValue());
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

    private static String shown(String figure, Object value) {
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
