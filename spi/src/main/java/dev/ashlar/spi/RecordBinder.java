package dev.ashlar.spi;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Replaces components of a record by the values of properties. */
final class RecordBinder {

    private RecordBinder() {}

    /**
     * Makes a record from another record and properties.
     *
     * @param prefix the part of a key before the name of the component, such as {@code "ashlar.slab."}
     * @param properties text by key; every key has the prefix
     * @param base supplies the components that no property names
     * @throws IllegalArgumentException if a key names no component, or a value is malformed or refused by the record
     */
    static <R extends Record> R bind(String prefix, Map<String, String> properties, R base) {
        if (properties.isEmpty()) {
            return base;
        }
        List<String> names = names(base.getClass()).toList();
        properties.keySet().stream()
                .map(key -> key.substring(prefix.length()))
                .filter(name -> !names.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw unknown(prefix, name, String.valueOf(properties.get(prefix + name)), names);
                });
        RecordComponent[] components = base.getClass().getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(component -> value(prefix + component.getName(), component, properties, base))
                .toArray();
        return make(base, components, values, properties);
    }

    /**
     * The names that can be set: those of components, and for components that are records the names of their
     * components.
     */
    private static Stream<String> names(Class<?> record) {
        return Arrays.stream(record.getRecordComponents())
                .flatMap(component -> component.getType().isRecord()
                        ? names(component.getType()).map(name -> component.getName() + "." + name)
                        : Stream.of(component.getName()));
    }

    private static Object value(String key, RecordComponent component, Map<String, String> properties, Record record) {
        if (component.getType().isRecord()) {
            String prefix = key + ".";
            Map<String, String> nested = new TreeMap<>(properties);
            nested.keySet().removeIf(name -> !name.startsWith(prefix));
            return bind(prefix, nested, (Record) read(component, record));
        }
        String text = properties.get(key);
        return text == null ? read(component, record) : PropertyText.parse(key, text, component.getGenericType());
    }

    private static IllegalArgumentException unknown(String prefix, String name, String text, List<String> known) {
        String allowed = known.isEmpty()
                ? "There are no keys that begin with " + prefix
                : "Known keys: " + known.stream().sorted().map(prefix::concat).collect(Collectors.joining(", "));
        return new IllegalArgumentException("Unknown key " + prefix + name + " (value '" + text + "')."
                + NearestName.hint(name, known) + " " + allowed + ".");
    }

    private static Object read(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw unreachable(record, e);
        }
    }

    private static <R extends Record> R make(
            R base, RecordComponent[] components, Object[] values, Map<String, String> properties) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            @SuppressWarnings("unchecked") // getClass of an R
            Class<R> type = (Class<R>) base.getClass();
            return type.getConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refusal) {
                throw new IllegalArgumentException(
                        String.join(", ", assignments(properties)) + ": " + refusal.getMessage(), refusal);
            }
            throw unreachable(base, e);
        } catch (ReflectiveOperationException e) {
            throw unreachable(base, e);
        }
    }

    private static List<String> assignments(Map<String, String> properties) {
        return new TreeMap<>(properties)
                .entrySet().stream()
                        .map(entry -> entry.getKey() + " is '" + entry.getValue() + "'")
                        .toList();
    }

    private static IllegalStateException unreachable(Record record, ReflectiveOperationException e) {
        return new IllegalStateException(
                record.getClass().getName()
                        + " cannot be made from properties: settings must be a public record in an exported package",
                e);
    }
}
