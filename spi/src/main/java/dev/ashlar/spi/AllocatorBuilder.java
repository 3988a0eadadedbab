package dev.ashlar.spi;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds allocators of one strategy. This class has the settings that all strategies share. Each strategy adds its own
 * settings in a subclass, such as the one that {@code Slab.builder()} returns. {@link Ashlar#builder()} has only the
 * shared ones. Every setting has a default.
 *
 * <p>A byte size is a number of bytes, or a text with a unit that {@link ByteSize} reads, such as {@code "64MiB"}. If a
 * value is set twice, the later one is used. A builder may build several allocators. Not safe for use by several
 * threads at once.
 *
 * @param <B> the builder itself
 */
public abstract class AllocatorBuilder<B extends AllocatorBuilder<B>> {

    private final AllocatorProvider provider;
    private final AllocatorConfig.Builder config = AllocatorConfig.builder();

    /** Override all other values when the configuration is made. */
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
     * @param setting a setting that the strategy declares
     * @param value the value, which is checked at once
     * @throws IllegalArgumentException if the value is not allowed; the message names the key, the value and the
     *     allowed values
     */
    protected final <T> B set(StrategySetting<T> setting, T value) {
        config.set(provider.name(), setting, value);
        return self();
    }

    /**
     * Sets the allocator's name in messages, reports and logs. The default is the name of the strategy.
     *
     * @param name not blank
     * @throws IllegalArgumentException if it is blank
     */
    public final B name(String name) {
        config.name(name);
        return self();
    }

    /**
     * Sets a limit that several allocators share. The memory that each of them takes from its source counts against it.
     * By default there is no shared limit.
     *
     * @param budget such as a limit for the whole process
     */
    public final B budget(Limit budget) {
        config.budget(budget);
        return self();
    }

    /**
     * Sets how many bytes may be committed. Committed bytes are all bytes taken from the source, including retained
     * memory and parts of chunks that no block uses. By default there is no limit.
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
     * Sets how many bytes without live blocks are retained for later requests. The default is 1 MiB, or the bytes that
     * are reserved or preallocated if these are more.
     *
     * @param retainedBytes 0 or more, and not less than the reserved or the preallocated bytes
     * @throws IllegalArgumentException if it is negative
     */
    public final B retained(long retainedBytes) {
        config.retainedBytes(retainedBytes);
        return self();
    }

    /**
     * Sets how many bytes without live blocks are retained for later requests. The default is 1 MiB, or the bytes that
     * are reserved or preallocated if these are more.
     *
     * @param retained such as {@code "16MiB"}, and not less than the reserved or the preallocated bytes
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B retained(String retained) {
        return retained(ByteSize.parse(retained));
    }

    /**
     * Sets how many committed bytes {@link Allocator#trim()} keeps. Memory with live blocks counts towards them. The
     * default is 0.
     *
     * @param reserveBytes 0 to the retained bytes
     * @throws IllegalArgumentException if it is negative
     */
    public final B reserve(long reserveBytes) {
        config.reserveBytes(reserveBytes);
        return self();
    }

    /**
     * Sets how many committed bytes {@link Allocator#trim()} keeps, those of live blocks included. The default is 0.
     *
     * @param reserve such as {@code "4MiB"}, at most the retained bytes
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B reserve(String reserve) {
        return reserve(ByteSize.parse(reserve));
    }

    /**
     * Sets how many bytes are taken from the source when the allocator is made. The default is 0.
     *
     * @param preallocateBytes 0 or more, at most the retained bytes and at most the limit
     * @throws IllegalArgumentException if it is negative
     */
    public final B preallocate(long preallocateBytes) {
        config.preallocateBytes(preallocateBytes);
        return self();
    }

    /**
     * Sets how many bytes are taken from the source when the allocator is made.
     *
     * @param preallocate such as {@code "8MiB"}, at most the retained bytes and at most the limit
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B preallocate(String preallocate) {
        return preallocate(ByteSize.parse(preallocate));
    }

    /**
     * Sets the memory source that chunks come from. The default is {@link MemorySources#standard()}.
     *
     * @param source such as one of {@link MemorySources}
     */
    public final B source(MemorySource source) {
        config.source(source);
        return self();
    }

    /**
     * Sets the allocator for requests that the strategy does not serve itself. By default each such request gets a
     * chunk of its own.
     *
     * @param upstream is not closed when the allocator is closed
     */
    public final B upstream(Allocator upstream) {
        config.upstream(upstream);
        return self();
    }

    /**
     * Sets values from properties. They override values that are set in code, whatever the order of the calls. So the
     * people who run the program have the last word.
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
     * Copies the settings of another strategy, for a strategy such as {@code adaptive} that is composed of others.
     *
     * @param strategy a builder with which only settings of its own strategy are set
     * @throws IllegalArgumentException if it has set a value that all strategies have, such as a limit
     */
    public final B settings(AllocatorBuilder<?> strategy) {
        config.settings(strategy);
        return self();
    }

    /**
     * The values that are set, as a configuration for a provider or for injection.
     *
     * @throws IllegalArgumentException if two values contradict each other; the message names both
     */
    public final AllocatorConfig config() {
        return config.copy().properties(properties).build();
    }

    /**
     * Adds the settings of strategies to another builder, and overrides those that it has. Refuses if any other value
     * is set here.
     */
    final void addSettingsTo(AllocatorConfig.Builder other) {
        List<String> general = new ArrayList<>(config.general());
        if (!properties.isEmpty()) {
            general.add("properties");
        }
        if (!general.isEmpty()) {
            throw new IllegalArgumentException("The builder has set " + String.join(", ", general)
                    + ", must have set only settings of its own strategy. Set these on this configuration instead.");
        }
        other.addSettings(config);
    }

    /**
     * Makes an allocator.
     *
     * @throws IllegalArgumentException if a value is out of range, or two values contradict each other; the message
     *     names them
     * @throws AllocationException if the memory to preallocate is not available
     */
    public Allocator build() {
        return provider.create(config());
    }
}
