package dev.ashlar.verification.properties;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Steps, one after another. As a string it is the Java code that makes it, so that a sequence that failed can be pasted
 * into a test.
 */
record Sequence(List<Step> steps) {

    Sequence(Step... steps) {
        this(List.of(steps));
    }

    @Override
    public String toString() {
        return steps.stream()
                .map(Sequence::code)
                .collect(Collectors.joining(",\n        ", "new Sequence(\n        ", ")"));
    }

    /** The expression that makes a value of a step. */
    static String code(Object value) {
        return switch (value) {
            case Enum<?> constant -> constant.getDeclaringClass().getSimpleName() + "." + constant.name();
            case Long number -> number + "L";
            case List<?> list -> list.stream().map(Sequence::code).collect(Collectors.joining(", ", "List.of(", ")"));
            case Record made -> {
                String type =
                        (made instanceof Step ? "Step." : "") + made.getClass().getSimpleName();
                yield Arrays.stream(made.getClass().getRecordComponents())
                        .map(component -> code(valueOf(made, component)))
                        .collect(Collectors.joining(", ", "new " + type + "(", ")"));
            }
            default -> value.toString();
        };
    }

    private static Object valueOf(Record made, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(made);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("of a record, which is always accessible here", e);
        }
    }
}
