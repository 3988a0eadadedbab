package dev.ashlar.api.compose;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON (RFC 8259): as much as reports need, because this module has no dependencies. The text is ASCII, so it
 * can be written in any encoding.
 */
final class JsonText {

    private final StringBuilder text = new StringBuilder();

    /** An object with the members that a writer adds. */
    JsonText object(Consumer<JsonText> writer) {
        text.append('{');
        writer.accept(this);
        text.append('}');
        return this;
    }

    /** A member that is a string, or null. */
    JsonText text(String name, @Nullable String value) {
        name(name);
        if (value == null) {
            text.append("null");
        } else {
            string(value);
        }
        return this;
    }

    /** A member that is an integer. */
    JsonText number(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    /** A member that is an array of strings. */
    JsonText texts(String name, List<?> values) {
        return array(name, values, value -> string(value.toString()));
    }

    /** A member that is an array of objects. */
    <T> JsonText objects(String name, List<T> values, BiConsumer<JsonText, T> writer) {
        return array(name, values, value -> object(json -> writer.accept(json, value)));
    }

    private <T> JsonText array(String name, List<T> values, Consumer<T> writer) {
        name(name);
        text.append('[');
        for (T value : values) {
            comma();
            writer.accept(value);
        }
        text.append(']');
        return this;
    }

    private void name(String name) {
        comma();
        string(name);
        text.append(':');
    }

    /** Separates a member or element from the one before, if there is one. */
    private void comma() {
        char last = text.charAt(text.length() - 1);
        if (last != '{' && last != '[') {
            text.append(',');
        }
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c >= ' ' && c <= '~') {
                text.append(c);
            } else {
                text.append("\\u%04x".formatted((int) c));
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
