package dev.ashlar.testkit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Tests how much memory an allocator holds for its live blocks: rules 6, 8 and 11 in figures. For strategies that serve
 * any thread and free single blocks. An allocator that passes {@link AllocatorContract} may fail here.
 *
 * {@snippet class="dev.ashlar.verification.kit.HonestMemoryTest" region="memory"}
 *
 * <p>Bytes are counted and nothing is timed. A class takes some seconds; the system properties are those of
 * {@link AllocatorContract}.
 */
public abstract class MemoryContract implements MemoryRules, MemoryLimitRules, BookkeepingRules {

    /** For subclasses. */
    protected MemoryContract() {}

    /**
     * Makes an allocator. Each test makes its own and closes it.
     *
     * @param config has the source of every chunk and a limit; all other values are defaults
     */
    protected abstract Allocator create(AllocatorConfig config);

    /**
     * How much these allocators may hold.
     *
     * @return the defaults of {@link MemoryBounds.Builder}, if not overridden
     */
    protected MemoryBounds bounds() {
        return MemoryBounds.builder().build();
    }

    /**
     * How much is live if a workload can choose. Fixed overhead of an allocator must be small compared with this.
     */
    protected long liveBytes() {
        return TestLength.of(64_000_000, 64_000_000);
    }

    /**
     * The bytes that an allocator has taken from its source.
     *
     * @param allocator an allocator of {@link #create}
     * @param source its source, whose count is used if this is not overridden
     */
    protected long committedBytes(Allocator allocator, FaultySource source) {
        return source.openBytes();
    }

    /** A source for one allocator. As those of the JDK, its chunks take more than their size, if not overridden. */
    protected FaultySource newSource() {
        return new FaultySource();
    }

    /**
     * Runs the periodic work that an allocator does on its own thread. By default does nothing.
     *
     * @param allocator an allocator of {@link #create}
     */
    protected void housekeep(Allocator allocator) {}

    @Override
    public final MemoryWorkload workload(long limitBytes) {
        FaultySource source = newSource();
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).limitBytes(limitBytes).build();
        Allocator allocator = create(config);
        return new MemoryWorkload(allocator, () -> committedBytes(allocator, source), liveBytes());
    }

    @Override
    public final MemoryBounds declaredBounds() {
        return bounds();
    }

    @Override
    public final void housekeepNow(Allocator allocator) {
        housekeep(allocator);
    }

    /** Lists the declared bounds. */
    @Test
    void bounds_mustBeAsDeclared(TestReporter reporter) {
        reporter.publishEntry(Map.of("bounds", bounds().toString()));
    }
}
