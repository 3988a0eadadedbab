package dev.ashlar.spi;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of an allocator: bounds, the source of its memory, and the settings of its strategy. Immutable.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="config"}
 *
 * <p>Properties set the same values. Only keys that begin with {@code ashlar.} are read. Ashlar reads some system
 * properties by itself: {@code ashlar.native.*}, the settings of a memory source, {@code ashlar.provider}, {@code
 * ashlar.pool} and {@code ashlar.source}, to choose among what is installed if the program does not choose, and {@code
 * ashlar.tracking} and {@code ashlar.hardening}, to find leaks and misuse without a change of the program. All other
 * keys have an effect only if a program passes them in, for example by {@code
 * AllocatorConfig.from(System.getProperties())}. Otherwise the limit of one allocator would be that of every allocator
 * in the process.
 *
 * <table>
 * <caption>Properties</caption>
 * <tr><th>Key</th><th>Value</th><th>Default</th></tr>
 * <tr><td>{@code ashlar.limit}</td><td>{@link #limitBytes()}: a {@linkplain ByteSize byte size} from 1, or
 *     {@code none} for no limit</td><td>{@code none}</td></tr>
 * <tr><td>{@code ashlar.name}</td><td>{@link #nameOr}: text</td><td>the strategy's name</td></tr>
 * <tr><td>{@code ashlar.retained}</td><td>{@link #retainedBytes()}: a byte size</td><td>{@code 1MiB}, or the bytes that
 *     are preallocated or reserved if these are more</td></tr>
 * <tr><td>{@code ashlar.reserve}</td><td>{@link #reserveBytes()}: a byte size up to the retained bytes</td>
 *     <td>{@code 0}</td></tr>
 * <tr><td>{@code ashlar.preallocate}</td><td>{@link #preallocateBytes()}: a byte size up to the retained bytes and the
 *     limit</td><td>{@code 0}</td></tr>
 * <tr><td>{@code ashlar.source}</td><td>{@link #source()}: the name of an installed source</td>
 *     <td>{@link MemorySources#standard()}</td></tr>
 * <tr><td>{@code ashlar.tracking}</td><td>{@code off}, {@code leaks} for a sample of the blocks, {@code all}, or a byte
 *     size from 1 between two samples: makes the allocator {@linkplain dev.ashlar.api.compose.Tracking tracked}</td>
 *     <td>the system property, otherwise {@code off}</td></tr>
 * <tr><td>{@code ashlar.provider}</td><td>nothing here: {@link AllocatorProviders#standard()} reads it from the system
 *     properties</td><td></td></tr>
 * <tr><td>{@code ashlar.pool}</td><td>nothing here: {@link PoolProviders#standard()} reads it from the system
 *     properties</td><td></td></tr>
 * <tr><td>{@code ashlar.hardening}</td><td>the {@linkplain dev.ashlar.api.compose.Hardening.Level level} of checks
 *     around the allocator: {@code sizes}, {@code canaries}, {@code full} or {@code off}. An arena is not
 *     checked</td><td>the system property, or {@code off}</td></tr>
 * <tr><td><code>ashlar.<i>strategy</i>.<i>key</i></code></td><td>a setting of a strategy, see {@link
 *     StrategySetting}</td>
 *     <td>the default of the setting</td></tr>
 * </table>
 */
public final class AllocatorConfig {

    /** The default of {@link #retainedBytes()}: 1 MiB. */
    public static final long DEFAULT_RETAINED = 1 << 20;

    /** A private copy, never changed. */
    private final Builder values;

    private final MemorySource source;
    private final Map<String, String> decorations;

    private AllocatorConfig(Builder values) {
        this.decorations = Decorations.all().complete(values.decorations);
        this.source = values.source == null ? MemorySources.standard() : values.source;
        this.values = values.source(source);
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** The configuration with every default. */
    public static AllocatorConfig defaults() {
        return builder().build();
    }

    /**
     * The configuration from properties.
     *
     * @param properties text by key; keys that do not begin with {@code ashlar.} are ignored
     * @throws IllegalArgumentException if a key is unknown, if it names a strategy that is not installed, or if a value
     *     is malformed or out of range. Settings of strategies are checked later, by {@link #settings}
     */
    public static AllocatorConfig from(Map<String, String> properties) {
        return builder().properties(properties).build();
    }

    /**
     * The configuration from properties.
     *
     * @param properties such as {@link System#getProperties()}; keys that do not begin with {@code ashlar.} are ignored
     * @throws IllegalArgumentException as {@link #from(Map)}
     */
    public static AllocatorConfig from(Properties properties) {
        return from(texts(properties));
    }

    private static Map<String, String> texts(Properties properties) {
        Map<String, String> texts = new TreeMap<>();
        for (String key : properties.stringPropertyNames()) {
            String text = properties.getProperty(key);
            if (text != null) { // null if another thread has just removed it
                texts.put(key, text);
            }
        }
        return texts;
    }

    /** A builder that starts from this configuration. */
    public Builder toBuilder() {
        return values.copy();
    }

    /**
     * The allocator's name in messages of refusals, reports of leaks and {@code toString}.
     *
     * @param strategy the name to use if none is set
     */
    public String nameOr(String strategy) {
        return values.name == null ? strategy : values.name;
    }

    /**
     * The largest number of committed bytes, or {@link AllocationException#NO_LIMIT}. Committed bytes are all bytes
     * taken from the source. They include the padding that the source adds to align chunks, retained memory, and unused
     * parts of chunks. For a limit of live blocks use {@link
     * dev.ashlar.api.compose.Allocators#limited(Allocator, Limit)}.
     */
    public long limitBytes() {
        return values.limitBytes;
    }

    /** A limit that several allocators share. The committed bytes of each count against it. */
    public Optional<Limit> budget() {
        return Optional.ofNullable(values.budget);
    }

    /** The largest number of bytes without live blocks that are retained for later requests. */
    public long retainedBytes() {
        return values.effectiveRetained();
    }

    /** Committed bytes that {@link Allocator#trim()} keeps. Memory with live blocks counts towards them. */
    public long reserveBytes() {
        return values.reserveBytes;
    }

    /**
     * Bytes that are taken from the source when the allocator is made, in whole chunks. They may be up to a page less
     * for each chunk. What the source adds to align chunks may come on top, but not beyond the limit.
     */
    public long preallocateBytes() {
        return values.preallocateBytes;
    }

    /** The memory source that chunks come from. */
    public MemorySource source() {
        return source;
    }

    /** The allocator for requests that the strategy does not serve itself. It belongs to the caller, who closes it. */
    public Optional<Allocator> upstream() {
        return Optional.ofNullable(values.upstream);
    }

    /**
     * The settings of a strategy. They are those of its builder, overridden by the properties
     * <code>ashlar.<i>strategy</i>.<i>key</i></code>.
     *
     * @apiNote For providers. A provider without settings passes an empty list, so that unknown keys are refused.
     * @param strategy the provider's name
     * @param known all settings of the strategy
     * @throws IllegalArgumentException if a property names no known setting, or its value is malformed or not allowed
     */
    public StrategySettings settings(String strategy, Collection<StrategySetting<?>> known) {
        return values.settings
                .getOrDefault(strategy, StrategySettings.NONE)
                .withProperties(ConfigProperties.PREFIX + strategy + ".", values.strategyProperties, known);
    }

    /**
     * The settings of a memory source: the system properties <code>ashlar.<i>name</i>.<i>key</i></code>, overridden by
     * the properties of this configuration.
     *
     * @apiNote For sources.
     * @param name what the keys begin with
     * @param known all settings of the source
     * @throws IllegalArgumentException if a property names no known setting, or its value is malformed or not allowed
     */
    public StrategySettings sourceSettings(String name, Collection<StrategySetting<?>> known) {
        String prefix = ConfigProperties.PREFIX + name + ".";
        return StrategySettings.NONE
                .withProperties(prefix, texts(System.getProperties()), known)
                .withProperties(prefix, values.strategyProperties, known);
    }

    /** The values of the keys of {@link Decorations} without {@code ashlar.}, except those that decorate nothing. */
    Map<String, String> decorations() {
        return decorations;
    }

    @Override
    public String toString() {
        return "AllocatorConfig[" + (values.name == null ? "" : "name=" + values.name + ", ") + "limit="
                + ByteSize.format(limitBytes())
                + budget().map(budget -> ", budget=" + budget.name()).orElse("") + ", retained="
                + ByteSize.format(retainedBytes()) + ", reserve="
                + ByteSize.format(reserveBytes()) + ", preallocate=" + ByteSize.format(preallocateBytes()) + ", source="
                + source.name() + ", upstream=" + upstream().isPresent() + ", settings=" + values.settings
                + ", properties=" + values.strategyProperties
                + (decorations.isEmpty() ? "" : ", decorations=" + decorations) + "]";
    }

    /**
     * Builds a configuration. If a value is set twice, the later one is used. A setter throws {@link
     * IllegalArgumentException} for a value out of range. Not safe for use by many threads.
     */
    public static final class Builder {

        private long limitBytes = AllocationException.NO_LIMIT;
        private @Nullable String name;
        private @Nullable Limit budget;
        private long retainedBytes = DEFAULT_RETAINED;
        private boolean retainedSet;
        private long reserveBytes;
        private long preallocateBytes;
        private @Nullable MemorySource source;
        private @Nullable Allocator upstream;
        private final Map<String, StrategySettings> settings = new TreeMap<>();
        private final Map<String, String> strategyProperties = new TreeMap<>();
        private final Map<String, String> decorations = new TreeMap<>();

        private Builder() {}

        Builder copy() {
            Builder copy = new Builder();
            copy.name = name;
            copy.limitBytes = limitBytes;
            copy.budget = budget;
            copy.retainedBytes = retainedBytes;
            copy.retainedSet = retainedSet;
            copy.reserveBytes = reserveBytes;
            copy.preallocateBytes = preallocateBytes;
            copy.source = source;
            copy.upstream = upstream;
            copy.settings.putAll(settings);
            copy.strategyProperties.putAll(strategyProperties);
            copy.decorations.putAll(decorations);
            return copy;
        }

        /**
         * The retained bytes; by default they include memory that is reserved or preallocated, which would be released
         * otherwise.
         */
        private long effectiveRetained() {
            return retainedSet ? retainedBytes : Math.max(retainedBytes, Math.max(reserveBytes, preallocateBytes));
        }

        /**
         * Sets the allocator's name in messages, reports and logs.
         *
         * @param name not blank
         */
        public Builder name(String name) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name is '" + name + "', must not be blank");
            }
            this.name = name;
            return this;
        }

        /**
         * Sets a limit that several allocators share, such as one for the whole process. The committed bytes of each
         * count against it. Before a request is refused for lack of room in the budget, the allocator releases the
         * memory that it retains, as it does at its own limit.
         *
         * @param budget the shared limit, or null for none; any number of allocators may share it
         */
        public Builder budget(@Nullable Limit budget) {
            this.budget = budget;
            return this;
        }

        /**
         * Sets how many bytes may be committed.
         *
         * @param limitBytes 1 or more, {@link AllocationException#NO_LIMIT} for no limit
         */
        public Builder limitBytes(long limitBytes) {
            if (limitBytes < 1) {
                throw new IllegalArgumentException(
                        "limitBytes is " + limitBytes + ", must be 1 or more, or none (NO_LIMIT) for no limit");
            }
            this.limitBytes = limitBytes;
            return this;
        }

        /**
         * Sets how many bytes without live blocks are retained for later requests.
         *
         * @param retainedBytes 0 or more, and not less than the reserved or the preallocated bytes
         */
        public Builder retainedBytes(long retainedBytes) {
            this.retainedBytes = Range.requireAtLeast("retainedBytes", retainedBytes, 0);
            this.retainedSet = true;
            return this;
        }

        /**
         * Sets how many committed bytes a trim keeps. Memory with live blocks counts towards them.
         *
         * @param reserveBytes 0 to the retained bytes
         */
        public Builder reserveBytes(long reserveBytes) {
            this.reserveBytes = Range.requireAtLeast("reserveBytes", reserveBytes, 0);
            return this;
        }

        /**
         * Sets how many bytes are taken from the source when the allocator is made.
         *
         * @param preallocateBytes 0 or more, at most the retained bytes and at most the limit
         */
        public Builder preallocateBytes(long preallocateBytes) {
            this.preallocateBytes = Range.requireAtLeast("preallocateBytes", preallocateBytes, 0);
            return this;
        }

        /**
         * Sets the memory source that chunks come from.
         *
         * @param source such as one of {@link MemorySources}
         */
        public Builder source(MemorySource source) {
            this.source = source;
            return this;
        }

        /**
         * Sets the allocator for requests that the strategy does not serve itself.
         *
         * @param upstream is not closed when the allocator is closed
         */
        public Builder upstream(Allocator upstream) {
            this.upstream = upstream;
            return this;
        }

        /**
         * Copies the settings of a strategy from its builder, such as {@code Slab.builder().classesPerDoubling(4)}.
         * They override settings of that strategy that are set here.
         *
         * @param strategy a builder with which only settings of its own strategy are set
         * @throws IllegalArgumentException if it has set a value that all strategies have, such as a limit
         */
        public Builder settings(AllocatorBuilder<?> strategy) {
            strategy.addSettingsTo(this);
            return this;
        }

        void addSettings(Builder later) {
            later.settings.forEach(
                    (strategy, values) -> settings.merge(strategy, values, (before, over) -> over.orElse(before)));
        }

        /** Sets one setting of a strategy. */
        <T> void set(String strategy, StrategySetting<T> setting, T value) {
            settings.put(
                    strategy,
                    settings.getOrDefault(strategy, StrategySettings.NONE).with(setting, value));
        }

        /** The names of the values that are set and that all strategies have. */
        List<String> general() {
            Map<String, Boolean> isSet = new TreeMap<>();
            isSet.put("name", name != null);
            isSet.put("limit", limitBytes != AllocationException.NO_LIMIT);
            isSet.put("budget", budget != null);
            isSet.put("retained", retainedSet);
            isSet.put("reserve", reserveBytes != 0);
            isSet.put("preallocate", preallocateBytes != 0);
            isSet.put("source", source != null);
            isSet.put("upstream", upstream != null);
            isSet.values().removeIf(set -> !set);
            return List.copyOf(isSet.keySet());
        }

        /**
         * Sets values from properties. Settings of a strategy override those that are set in code, whatever the order
         * of the calls. So the people who run the program have the last word. The other keys do the same as the methods
         * of this builder.
         *
         * @param properties text by key; keys that do not begin with {@code ashlar.} are ignored
         * @throws IllegalArgumentException if a key is unknown, if it names a strategy that is not installed, or if a
         *     value is malformed or out of range
         */
        public Builder properties(Map<String, String> properties) {
            return properties(properties, ConfigProperties::installed);
        }

        /** For tests: the names are given, and not those of the installed strategies. */
        Builder properties(Map<String, String> properties, Supplier<Set<String>> strategies) {
            ConfigProperties.apply(properties, strategies, this);
            return this;
        }

        void decoration(String key, String text) {
            Decorations.all().validate(key, text);
            decorations.put(key, text);
        }

        void strategyProperty(String key, String text) {
            strategyProperties.put(key, text);
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if two values contradict each other; the message names both
         */
        public AllocatorConfig build() {
            long retained = effectiveRetained();
            requireAtMost("reserve", reserveBytes, "retained", retained);
            requireAtMost("preallocate", preallocateBytes, "retained", retained);
            requireAtMost("preallocate", preallocateBytes, "limit", limitBytes);
            return new AllocatorConfig(copy());
        }

        private static void requireAtMost(String name, long value, String bound, long largest) {
            if (value > largest) {
                throw new IllegalArgumentException(name + "Bytes is " + value + ", must be 0 to " + bound
                        + "Bytes, which is " + largest + ". Lower the first or raise the second. Their properties are "
                        + ConfigProperties.PREFIX + name + " and " + ConfigProperties.PREFIX + bound + ".");
            }
        }
    }
}
