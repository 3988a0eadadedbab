package dev.ashlar.testkit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * How much memory an allocator holds for what is live, as tests: rules 6, 8 and 11 in figures. For strategies that
 * serve any thread and free single blocks; what passes {@link AllocatorContract} may well fail here.
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
     * @param config where every chunk comes from, and a limit; everything else is as by default
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
     * How much is live where a workload can choose: what an allocator holds beside it in any case must be little of
     * that.
     */
    protected long liveBytes() {
        return TestLength.of(64_000_000, 64_000_000);
    }

    /**
     * What an allocator has taken from its source.
     *
     * @param allocator was made by {@link #create}
     * @param source what it was told to take from, whose own count is used if this is not overridden
     */
    protected long committedBytes(Allocator allocator, FaultySource source) {
        return source.openBytes();
    }

    /** A source for one allocator. As those of the JDK, its chunks take more than their size, if not overridden. */
    protected FaultySource newSource() {
        return new FaultySource();
    }

    /**
     * Does now what an allocator does from time to time on a thread of its own. Nothing, if not overridden.
     *
     * @param allocator was made by {@link #create}
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

    /** Lists what is declared. */
    @Test
    void bounds_mustBeAsDeclared(TestReporter reporter) {
        reporter.publishEntry(Map.of("bounds", bounds().toString()));
    }
}
