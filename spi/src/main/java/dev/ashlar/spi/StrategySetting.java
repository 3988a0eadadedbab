package dev.ashlar.spi;

import java.util.List;
import java.util.function.Consumer;

/**
 * One setting of a strategy: its key, its type, its default, and the values that are allowed. A strategy declares each
 * setting once, as a constant. The strategy's builder sets it with {@link AllocatorBuilder#set}. The property
 * <code>ashlar.<i>strategy</i>.<i>key</i></code> sets it too. The strategy reads it with {@link StrategySettings#get}.
 * Immutable.
 *
 * <p>Properties can set values of the types {@code Integer}, {@code Long} (a {@linkplain ByteSize byte size}), {@code
 * Double}, {@code Boolean}, {@code String}, {@code Duration} ({@code 250ms}, {@code 10s}, {@code PT1M30S}), enums
 * (upper or lower case), and lists of {@code Integer}, {@code Long} or {@code String}, separated by commas ({@code
 * 16,32,64}; an empty text is the empty list).
 *
 * @param <T> the type of the values, which must be immutable
 */
public final class StrategySetting<T> {

    private final String key;
    private final T byDefault;
    private final Class<?> type;
    private final Consumer<? super T> check;

    private StrategySetting(String key, T byDefault, Class<?> type, Consumer<? super T> check) {
        this.key = key;
        this.byDefault = byDefault;
        this.type = type;
        this.check = check;
    }

    /**
     * A setting that allows every value of its type.
     *
     * @param key its name; dots in it group settings
     * @param byDefault the value if it is not set
     */
    public static <T> StrategySetting<T> of(String key, T byDefault) {
        return of(key, byDefault, _ -> {});
    }

    /**
     * A setting with a check of its values.
     * @param key its name; dots in it group settings
     * @param byDefault the value if it is not set
     * @param check throws an {@link IllegalArgumentException} for a value that is not allowed; the message names the
     *     key, the value and the allowed values
     */
    public static <T> StrategySetting<T> of(String key, T byDefault, Consumer<? super T> check) {
        Class<?> type = byDefault instanceof Enum<?> constant ? constant.getDeclaringClass() : byDefault.getClass();
        return new StrategySetting<>(key, byDefault, type, check);
    }

    /**
     * A setting whose values have a lower and an upper bound.
     *
     * @param key its name; dots in it group settings
     * @param byDefault the value if it is not set
     * @param least the smallest allowed value
     * @param most the largest allowed value
     */
    public static <T extends Comparable<T>> StrategySetting<T> between(String key, T byDefault, T least, T most) {
        return of(key, byDefault, value -> Range.requireBetween(key, value, least, most));
    }

    /**
     * A setting whose value is a power of two.
     *
     * @param key its name; dots in it group settings
     * @param byDefault the value if it is not set
     * @param least the smallest allowed value
     * @param most the largest allowed value
     */
    public static StrategySetting<Long> powerOfTwo(String key, long byDefault, long least, long most) {
        return of(key, byDefault, value -> Range.requirePowerOfTwo(key, value, least, most));
    }

    /**
     * A setting whose value is a list.
     *
     * @param key its name; dots in it group settings
     * @param elements the type of the elements
     * @param byDefault the value if it is not set
     * @param check throws an {@link IllegalArgumentException} for a value that is not allowed; the message names the
     *     key, the value and the allowed values
     */
    public static <E> StrategySetting<List<E>> list(
            String key, Class<E> elements, List<E> byDefault, Consumer<? super List<E>> check) {
        return new StrategySetting<>(key, byDefault, elements, check);
    }

    /** Its name in messages and, after the name of the strategy, in properties. */
    public String key() {
        return key;
    }

    /** The value if it is not set. */
    public T byDefault() {
        return byDefault;
    }

    /**
     * Refuses a value that is not allowed.
     * @return the value
     */
    T require(T value) {
        if (value == null) {
            throw new IllegalArgumentException(key + " is null, must be a value such as the default, " + byDefault);
        }
        check.accept(value);
        return value;
    }

    /**
     * Reads the value from the text of a property.
     * @param property the complete key, for the message
     */
    @SuppressWarnings("unchecked") // a value of the type of the default, or a list of such elements
    T parse(String property, String text) {
        T value = (T)
                (byDefault instanceof List
                        ? PropertyText.parseList(property, text, type)
                        : PropertyText.parse(property, text, type));
        try {
            return require(value);
        } catch (IllegalArgumentException e) {
            throw PropertyText.refused(property, text, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public String toString() {
        return key;
    }
}
