package dev.ashlar.spi;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an allocator is made with: bounds, where memory comes from, and the settings of its strategy. Immutable.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="config"}
 *
 * <p>The same by properties, of which only those that begin with {@code ashlar.} are looked at. Ashlar reads system
 * properties by itself for one purpose only, the choice among what is installed: {@code ashlar.provider},
 * {@code ashlar.pool} and {@code ashlar.source} hold wherever a program does not choose. All other keys have an effect
 * only where a program passes them in, such as by {@code AllocatorConfig.from(System.getProperties())}: a limit of one
 * allocator is nothing that every allocator of a process should have.
 *
 * <table>
 * <caption>Properties</caption>
 * <tr><th>Key</th><th>Value</th><th>Default</th></tr>
 * <tr><td>{@code ashlar.limit}</td><td>{@link #limitBytes()}: a {@linkplain ByteSize byte size} from 1, or
 *     {@code none} for no limit</td><td>{@code none}</td></tr>
 * <tr><td>{@code ashlar.name}</td><td>{@link #nameOr}: text</td><td>the strategy's name</td></tr>
 * <tr><td>{@code ashlar.retained}</td><td>{@link #retainedBytes()}: a byte size</td><td>{@code 1MiB}, or what is
 *     preallocated or reserved if that is more</td></tr>
 * <tr><td>{@code ashlar.reserve}</td><td>{@link #reserveBytes()}: a byte size up to what is retained</td>
 *     <td>{@code 0}</td></tr>
 * <tr><td>{@code ashlar.preallocate}</td><td>{@link #preallocateBytes()}: a byte size up to what is retained and the
 *     limit</td><td>{@code 0}</td></tr>
 * <tr><td>{@code ashlar.source}</td><td>{@link #source()}: the name of an installed source</td>
 *     <td>{@link MemorySources#standard()}</td></tr>
 * <tr><td>{@code ashlar.provider}</td><td>nothing here: {@link AllocatorProviders#standard()} reads it from the system
 *     properties</td><td></td></tr>
 * <tr><td>{@code ashlar.pool}</td><td>nothing here: {@link PoolProviders#standard()} reads it from the system
 *     properties</td><td></td></tr>
 * <tr><td><code>ashlar.<i>strategy</i>.<i>component</i></code></td><td>a setting of a strategy, see {@link #settings}</td>
 *     <td>the strategy's</td></tr>
 * </table>
 */
public final class AllocatorConfig {

    /** The {@link #retainedBytes()} that is kept if nothing else is said: 1 MiB. */
    public static final long DEFAULT_RETAINED = 1 << 20;

    /** A copy of its own, which nobody changes any more. */
    private final Builder values;

    private final MemorySource source;

    private AllocatorConfig(Builder values) {
        this.source = values.source == null ? MemorySources.standard() : values.source;
        this.values = values.source(source);
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** The configuration that has every default. */
    public static AllocatorConfig defaults() {
        return builder().build();
    }

    /**
     * The configuration that properties describe.
     *
     * @param properties text by key; keys that do not begin with {@code ashlar.} are passed over
     * @throws IllegalArgumentException if a key is unknown, if it names a strategy that is not installed, or if a value
     *     is malformed or out of range; settings of strategies are checked by {@link #settings}
     */
    public static AllocatorConfig from(Map<String, String> properties) {
        return builder().properties(properties).build();
    }

    /**
     * The configuration that properties describe.
     *
     * @param properties such as {@link System#getProperties()}; keys that do not begin with {@code ashlar.} are passed
     *     over
     * @throws IllegalArgumentException as {@link #from(Map)}
     */
    public static AllocatorConfig from(Properties properties) {
        Map<String, String> texts = new TreeMap<>();
        for (String key : properties.stringPropertyNames()) {
            String text = properties.getProperty(key);
            if (text != null) { // else another thread has removed it in between
                texts.put(key, text);
            }
        }
        return from(texts);
    }

    /** A builder that starts from this configuration. */
    public Builder toBuilder() {
        return values.copy();
    }

    /**
     * The allocator's name in messages of refusals, reports of leaks and {@code toString}.
     *
     * @param strategy the name if none is set
     */
    public String nameOr(String strategy) {
        return values.name == null ? strategy : values.name;
    }

    /**
     * Bytes that may be committed at most, or {@link AllocationException#NO_LIMIT}. Committed is what is taken from the
     * source, with what the source adds to align chunks, what is retained, and the parts of chunks that no block uses.
     * A limit of live blocks is {@link dev.ashlar.api.compose.Allocators#limited(Allocator, Limit)}.
     */
    public long limitBytes() {
        return values.limitBytes;
    }

    /** What committed bytes count against as well, beside those of all others with the same budget. */
    public Optional<Limit> budget() {
        return Optional.ofNullable(values.budget);
    }

    /** Bytes of memory without live blocks that are kept ready for the next requests, at most. */
    public long retainedBytes() {
        return values.effectiveRetained();
    }

    /** Bytes of memory without live blocks that {@link Allocator#trim()} keeps. */
    public long reserveBytes() {
        return values.reserveBytes;
    }

    /**
     * Bytes that are taken from the source when the allocator is made, in whole chunks: a page less for each may be
     * missing, and what the source adds to align them may be too much, but not beyond the limit.
     */
    public long preallocateBytes() {
        return values.preallocateBytes;
    }

    /** Where chunks come from. */
    public MemorySource source() {
        return source;
    }

    /** Where requests go that the strategy does not serve itself; if empty, they are refused. The caller closes it. */
    public Optional<Allocator> upstream() {
        return Optional.ofNullable(values.upstream);
    }

    /**
     * The settings of a strategy. They are a public record in an exported package, whose canonical constructor refuses
     * what is out of range, such as {@code record TlsfConfig(long granule, long regionSize, LargeBlockPolicy
     * largeBlocks)}.
     *
     * <p>A property {@code ashlar.tlsf.regionSize=4MiB} sets a component. What properties do not set is taken from
     * the record given to {@link Builder#settings}, and if there is none from the defaults. Components that properties
     * can set are {@code int}, {@code long} (a {@linkplain ByteSize byte size}), {@code double}, {@code boolean},
     * {@code String}, enums (in any case), {@code Duration} ({@code 250ms}, {@code 10s}, {@code PT1M30S}), lists of
     * {@code Integer}, {@code Long} or {@code String} with commas between their elements ({@code 16,32,64}; nothing is
     * the empty list), and records of these, whose components are named after a further dot.
     *
     * @apiNote For providers. One without settings passes an empty record, so that its users' unknown keys are refused.
     * @param <R> the record
     * @param strategy the provider's name
     * @param defaults the values of what is not set
     * @throws IllegalArgumentException if a property names no component of the record, is malformed or out of range
     */
    public <R extends Record> R settings(String strategy, R defaults) {
        String prefix = ConfigProperties.PREFIX + strategy + ".";
        Map<String, String> properties = new TreeMap<>(values.strategyProperties);
        properties.keySet().removeIf(key -> !key.startsWith(prefix));
        @SuppressWarnings("unchecked") // the record is kept under its own class
        R base = (R) values.settings.getOrDefault(defaults.getClass(), defaults);
        return RecordBinder.bind(prefix, properties, base);
    }

    @Override
    public String toString() {
        return "AllocatorConfig[" + (values.name == null ? "" : "name=" + values.name + ", ") + "limit="
                + ByteSize.format(limitBytes())
                + budget().map(budget -> ", budget=" + budget.name()).orElse("") + ", retained="
                + ByteSize.format(retainedBytes()) + ", reserve="
                + ByteSize.format(reserveBytes()) + ", preallocate=" + ByteSize.format(preallocateBytes()) + ", source="
                + source.name() + ", upstream=" + upstream().isPresent() + ", settings=" + values.settings.values()
                + values.strategyProperties + "]";
    }

    /** Collects the values of a configuration. A value that is set twice has the later one. */
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
        private final Map<Class<?>, Record> settings = new HashMap<>();
        private final Map<String, String> strategyProperties = new TreeMap<>();

        private Builder() {}

        private Builder copy() {
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
            return copy;
        }

        /** Whoever asks for memory ahead wants it kept. */
        private long effectiveRetained() {
            return retainedSet ? retainedBytes : Math.max(retainedBytes, Math.max(reserveBytes, preallocateBytes));
        }

        /**
         * Sets the allocator's name, by which messages, reports and logs tell it from others of its strategy.
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
         * Sets what committed bytes count against as well, such as a bound of the whole process that several allocators
         * share. Before the budget refuses, the allocator releases what it retains, as at its own limit.
         *
         * @param budget may be that of any number of allocators; null for none
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
         * Sets how many bytes without live blocks are kept ready.
         *
         * @param retainedBytes 0 or more, at least what is reserved and preallocated
         */
        public Builder retainedBytes(long retainedBytes) {
            this.retainedBytes = Range.requireAtLeast("retainedBytes", retainedBytes, 0);
            this.retainedSet = true;
            return this;
        }

        /**
         * Sets how many bytes without live blocks a trim keeps.
         *
         * @param reserveBytes 0 or more, at most what is retained
         */
        public Builder reserveBytes(long reserveBytes) {
            this.reserveBytes = Range.requireAtLeast("reserveBytes", reserveBytes, 0);
            return this;
        }

        /**
         * Sets how many bytes are taken when the allocator is made.
         *
         * @param preallocateBytes 0 or more, at most what is retained and the limit
         */
        public Builder preallocateBytes(long preallocateBytes) {
            this.preallocateBytes = Range.requireAtLeast("preallocateBytes", preallocateBytes, 0);
            return this;
        }

        /**
         * Sets where chunks come from.
         *
         * @param source such as one of {@link MemorySources}
         */
        public Builder source(MemorySource source) {
            this.source = source;
            return this;
        }

        /**
         * Sets where requests go that the strategy does not serve itself.
         *
         * @param upstream stays open when the allocator closes
         */
        public Builder upstream(Allocator upstream) {
            this.upstream = upstream;
            return this;
        }

        /**
         * Sets the settings of a strategy.
         *
         * @param settings the record that the strategy states, such as a {@code SlabConfig}
         */
        public Builder settings(Record settings) {
            this.settings.put(settings.getClass(), settings);
            return this;
        }

        /**
         * Sets what properties describe. Properties of a strategy go before the record given to {@link #settings},
         * whichever comes later, so that those who run a program have the last word.
         *
         * @param properties text by key; keys that do not begin with {@code ashlar.} are passed over
         * @throws IllegalArgumentException if a key is unknown, if it names a strategy that is not installed, or if a
         *     value is malformed or out of range
         */
        public Builder properties(Map<String, String> properties) {
            return properties(properties, ConfigProperties::installed);
        }

        /** For tests: with given names of strategies instead of those installed. */
        Builder properties(Map<String, String> properties, Supplier<Set<String>> strategies) {
            ConfigProperties.apply(properties, strategies, this);
            return this;
        }

        void strategyProperty(String key, String text) {
            strategyProperties.put(key, text);
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if values contradict each other, naming both
         */
        public AllocatorConfig build() {
            long retained = effectiveRetained();
            Range.requireAtMost("reserveBytes", reserveBytes, "retainedBytes", retained);
            Range.requireAtMost("preallocateBytes", preallocateBytes, "retainedBytes", retained);
            Range.requireAtMost("preallocateBytes", preallocateBytes, "limitBytes", limitBytes);
            return new AllocatorConfig(copy());
        }
    }
}
