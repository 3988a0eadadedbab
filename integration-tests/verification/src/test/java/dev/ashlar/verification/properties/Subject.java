package dev.ashlar.verification.properties;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.FaultySource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An allocator under test, with the strategies that it is made of, and their clock. */
final class Subject implements AutoCloseable {

    /**
     * A kind of allocator.
     *
     * @param maker makes one of strategies
     */
    record Kind(String name, ContractLimits limits, Function<Subject, Allocator> maker) {

        /** One without a limit. */
        Subject create(long retainedBytes) {
            return create(AllocationException.NO_LIMIT, retainedBytes);
        }

        Subject create(long limitBytes, long retainedBytes) {
            return new Subject(this, limitBytes, retainedBytes);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** No other thread returns memory between two reads of a figure. */
    private static final Map<String, String> MANUAL = Map.of("ashlar.adaptive.housekeeping", "manual");

    private final Kind kind;
    private final AllocatorConfig config;
    private final List<Allocator> strategies = new ArrayList<>();
    private final AllocatorUnderTest tested;
    private Instant now = Instant.EPOCH;

    private Subject(Kind kind, long limitBytes, long retainedBytes) {
        this.kind = kind;
        FaultySource source = new FaultySource();
        config = AllocatorConfig.builder()
                .source(source)
                .limitBytes(limitBytes)
                .retainedBytes(retainedBytes)
                .properties(MANUAL)
                .build();
        tested = new AllocatorUnderTest(kind.maker().apply(this), source, config, kind.limits());
    }

    /** For a maker: an allocator of a strategy, over the one source. */
    Allocator strategy(String name) {
        Allocator made = name.equals("adaptive")
                ? AdaptiveAllocator.create(config, () -> now)
                : AllocatorProviders.require(name).create(config);
        strategies.add(made);
        return made;
    }

    AllocatorUnderTest tested() {
        return tested;
    }

    /** Moves the clock, and lets those strategies work that do so from time to time. */
    void pass(Duration time) {
        now = now.plus(time);
        for (Allocator strategy : strategies) {
            if (strategy instanceof AdaptiveAllocator adaptive) {
                adaptive.housekeep();
            }
        }
    }

    /** Closes the allocator, and then what it leaves open. */
    void closeAll() {
        tested.allocator().close();
        strategies.reversed().forEach(Allocator::close);
    }

    @Override
    public String toString() {
        return kind.name();
    }

    @Override
    public void close() {
        try {
            closeAll();
        } finally {
            tested.close();
        }
    }
}
