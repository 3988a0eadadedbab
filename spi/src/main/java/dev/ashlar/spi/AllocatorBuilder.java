package dev.ashlar.spi;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds allocators of one strategy, with the settings that all strategies have. Each strategy adds its own settings in
 * a subclass, such as that of {@code Slab.builder()}. {@link Ashlar#builder()} has only these. Every setting has a
 * default.
 *
 * <p>Byte sizes are numbers of bytes, or text with a unit as {@link ByteSize} reads it, such as {@code "64MiB"}. If a
 * value is set twice, the later one is used. A builder may build several allocators. Not safe for use by many threads.
 *
 * @param <B> the builder itself
 */
public abstract class AllocatorBuilder<B extends AllocatorBuilder<B>> {

    private final AllocatorProvider provider;
    private final AllocatorConfig.Builder config = AllocatorConfig.builder();

    /** Set over everything else when the configuration is made. */
    private final Map<String, String> properties = new TreeMap<>();

    /**
     * For the builders of strategies.
     *
     * @param provider makes the allocators
     */
    protected AllocatorBuilder(AllocatorProvider provider) {
        this.provider = provider;
    }

    /** This builder. */
    @SuppressWarnings("unchecked") // B is the builder itself
    protected final B self() {
        return (B) this;
    }

    /**
     * Sets a setting of the strategy.
     *
     * @param setting one of those that the strategy declares
     * @param value is checked now
     * @throws IllegalArgumentException if the value is not allowed, naming the key, the value and what is allowed
     */
    protected final <T> B set(StrategySetting<T> setting, T value) {
        config.set(provider.name(), setting, value);
        return self();
    }

    /**
     * Sets the allocator's name in messages, reports and logs. By default it is the strategy's.
     *
     * @param name not blank
     * @throws IllegalArgumentException if it is blank
     */
    public final B name(String name) {
        config.name(name);
        return self();
    }

    /**
     * Sets a limit that several allocators share: the memory that each of them takes from its source counts against it.
     * By default there is none.
     *
     * @param budget such as a limit for the whole process
     */
    public final B budget(Limit budget) {
        config.budget(budget);
        return self();
    }

    /**
     * Sets how many bytes may be committed: taken from the source, with what is retained and the parts of chunks that
     * no block uses. By default there is no limit.
     *
     * @param limitBytes 1 or more, {@link AllocationException#NO_LIMIT} for no limit
     * @throws IllegalArgumentException if it is less than 1
     */
    public final B limit(long limitBytes) {
        config.limitBytes(limitBytes);
        return self();
    }

    /**
     * Sets how many bytes may be committed.
     *
     * @param limit such as {@code "64MiB"}, at least one byte
     * @throws IllegalArgumentException if it is no byte size, or 0
     */
    public final B limit(String limit) {
        return limit(ByteSize.parse(limit));
    }

    /**
     * Sets how many bytes without live blocks are kept ready for the next requests.
     *
     * @param retainedBytes 0 or more, and at least what is reserved and preallocated
     * @throws IllegalArgumentException if it is negative
     */
    public final B retained(long retainedBytes) {
        config.retainedBytes(retainedBytes);
        return self();
    }

    /**
     * Sets how many bytes without live blocks are kept ready for the next requests.
     *
     * @param retained such as {@code "16MiB"}, and at least what is reserved and preallocated
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B retained(String retained) {
        return retained(ByteSize.parse(retained));
    }

    /**
     * Sets how many committed bytes {@link Allocator#trim()} keeps. Memory with live blocks counts towards them. By
     * default none.
     *
     * @param reserveBytes 0 to what is retained
     * @throws IllegalArgumentException if it is negative
     */
    public final B reserve(long reserveBytes) {
        config.reserveBytes(reserveBytes);
        return self();
    }

    /**
     * Sets how many bytes without live blocks {@link Allocator#trim()} keeps.
     *
     * @param reserve such as {@code "4MiB"}, at most what is retained
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B reserve(String reserve) {
        return reserve(ByteSize.parse(reserve));
    }

    /**
     * Sets how many bytes are taken from the source when the allocator is made. By default none.
     *
     * @param preallocateBytes 0 or more, at most what is retained and the limit
     * @throws IllegalArgumentException if it is negative
     */
    public final B preallocate(long preallocateBytes) {
        config.preallocateBytes(preallocateBytes);
        return self();
    }

    /**
     * Sets how many bytes are taken from the source when the allocator is made.
     *
     * @param preallocate such as {@code "8MiB"}, at most what is retained and the limit
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B preallocate(String preallocate) {
        return preallocate(ByteSize.parse(preallocate));
    }

    /**
     * Sets where chunks come from.
     *
     * @param source such as one of {@link MemorySources}
     */
    public final B source(MemorySource source) {
        config.source(source);
        return self();
    }

    /**
     * Sets the allocator for requests that the strategy does not serve itself. By default they get chunks of their own.
     *
     * @param upstream stays open when the allocator closes
     */
    public final B upstream(Allocator upstream) {
        config.upstream(upstream);
        return self();
    }

    /**
     * Sets values from properties. They override what is set in code, in any order of calls, so the people who run the
     * program decide.
     *
     * @param properties text by key, such as {@code ashlar.limit}; keys that do not begin with {@code ashlar.} are
     *     ignored
     * @throws IllegalArgumentException if a key is unknown, or a value is malformed or out of range
     */
    public final B properties(Map<String, String> properties) {
        AllocatorConfig.builder().properties(properties);
        this.properties.putAll(properties);
        return self();
    }

    /**
     * Takes settings of another strategy that this one may use, such as those of one that {@code adaptive} composes.
     *
     * @param strategy has set nothing but settings of its strategy
     * @throws IllegalArgumentException if it has set what all strategies have, such as a limit
     */
    public final B settings(AllocatorBuilder<?> strategy) {
        config.settings(strategy);
        return self();
    }

    /**
     * What is set, as a configuration: for a provider, or for injection.
     *
     * @throws IllegalArgumentException if values contradict each other, naming both
     */
    public final AllocatorConfig config() {
        return config.copy().properties(properties).build();
    }

    /** Puts what is set for the strategy over what a configuration has; refuses it if more than that is set. */
    final void addSettingsTo(AllocatorConfig.Builder other) {
        List<String> general = new ArrayList<>(config.general());
        if (!properties.isEmpty()) {
            general.add("properties");
        }
        if (!general.isEmpty()) {
            throw new IllegalArgumentException("The builder has set " + String.join(", ", general)
                    + ", must have set what is its strategy's own. Set the rest on this configuration.");
        }
        other.addSettings(config);
    }

    /**
     * Makes an allocator.
     *
     * @throws IllegalArgumentException if values are out of range or contradict each other; the message names them
     * @throws AllocationException if the memory to preallocate is not available
     */
    public Allocator build() {
        return provider.create(config());
    }
}
