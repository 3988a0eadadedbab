package dev.ashlar.spi;

import java.util.List;
import java.util.function.Consumer;

/**
 * One setting of a strategy: its key, its type, its default, and what is allowed. A strategy declares each of its
 * settings once, as a constant. The strategy's builder sets it by {@link AllocatorBuilder#set}, a property
 * <code>ashlar.<i>strategy</i>.<i>key</i></code> sets it too, and the strategy reads it by
 * {@link StrategySettings#get}. Immutable.
 *
 * <p>Properties can set values of the types {@code Integer}, {@code Long} (a {@linkplain ByteSize byte size}),
 * {@code Double}, {@code Boolean}, {@code String}, {@code Duration} ({@code 250ms}, {@code 10s}, {@code PT1M30S}),
 * enums (in any case), and lists of {@code Integer}, {@code Long} or {@code String} with commas between their elements
 * ({@code 16,32,64}; nothing is the empty list).
 *
 * @param <T> the type of its values, which are immutable
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
     * A setting that may have every value of its type.
     *
     * @param key may have dots, which group settings
     * @param byDefault the value if none is set
     */
    public static <T> StrategySetting<T> of(String key, T byDefault) {
        return of(key, byDefault, _ -> {});
    }

    /**
     * A setting.
     *
     * @param key may have dots, which group settings
     * @param byDefault the value if none is set
     * @param check throws an {@link IllegalArgumentException} that names the key, the value and what is allowed
     */
    public static <T> StrategySetting<T> of(String key, T byDefault, Consumer<? super T> check) {
        Class<?> type = byDefault instanceof Enum<?> constant ? constant.getDeclaringClass() : byDefault.getClass();
        return new StrategySetting<>(key, byDefault, type, check);
    }

    /**
     * A setting with a least and a largest value.
     *
     * @param key may have dots, which group settings
     * @param byDefault the value if none is set
     * @param least the least that is allowed
     * @param most the most that is allowed
     */
    public static <T extends Comparable<T>> StrategySetting<T> between(String key, T byDefault, T least, T most) {
        return of(key, byDefault, value -> Range.requireBetween(key, value, least, most));
    }

    /**
     * A setting that is a power of two.
     *
     * @param key may have dots, which group settings
     * @param byDefault the value if none is set
     * @param least the least that is allowed
     * @param most the most that is allowed
     */
    public static StrategySetting<Long> powerOfTwo(String key, long byDefault, long least, long most) {
        return of(key, byDefault, value -> Range.requirePowerOfTwo(key, value, least, most));
    }

    /**
     * A setting that is a list.
     *
     * @param key may have dots, which group settings
     * @param elements the type of the elements
     * @param byDefault the value if none is set
     * @param check throws an {@link IllegalArgumentException} that names the key, the value and what is allowed
     */
    public static <E> StrategySetting<List<E>> list(
            String key, Class<E> elements, List<E> byDefault, Consumer<? super List<E>> check) {
        return new StrategySetting<>(key, byDefault, elements, check);
    }

    /** Its name in properties, after those of the strategy, and in messages. */
    public String key() {
        return key;
    }

    /** The value if none is set. */
    public T byDefault() {
        return byDefault;
    }

    /**
     * Refuses what is not allowed.
     *
     * @return the value
     */
    T require(T value) {
        if (value == null) {
            throw new IllegalArgumentException(
                    key + " is null, must be a value such as " + byDefault + ", which is the default");
        }
        check.accept(value);
        return value;
    }

    /**
     * Reads the value of a property.
     *
     * @param property the whole key, for the message
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
