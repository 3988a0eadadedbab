package dev.ashlar.verification.properties;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.TraceRecorder;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.verification.properties.Subject.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Every kind of allocator: the installed strategies, and the decorators over them. */
final class Subjects {

    /** The largest block, so that a test has time for many. */
    private static final long LARGEST_BLOCK = 64 << 20;

    private static final long LARGEST_ALIGNMENT = 4096;

    /** Strategies that differ most in what they are to a decorator. */
    private static final List<String> DECORATED = List.of("slab", "tlsf", "adaptive");

    private static final TraceRecorder RECORDER = recorder();

    /** Sequences drop blocks, which would be logged. */
    private static final Tracking EVERY_BLOCK = Tracking.builder()
            .bytesPerSample(Tracking.ALL)
            .unreachable(Tracking.Unreachable.IGNORED)
            .build();

    private static final Hardening HARDENING = Hardening.of(Hardening.Level.FULL);

    private Subjects() {}

    /** Every strategy that is installed. */
    static List<Kind> strategies() {
        List<Kind> installed = new ArrayList<>();
        for (AllocatorProvider provider : AllocatorProviders.installed().values()) {
            installed.add(new Kind(
                    provider.name(), limits(provider.capabilities()), subject -> subject.strategy(provider.name())));
        }
        if (installed.isEmpty()) {
            throw new AssertionError("no strategy is installed");
        }
        return installed;
    }

    private static ContractLimits limits(Capabilities capabilities) {
        return ContractLimits.builder()
                .largestBlock(Math.min(capabilities.maxByteSize(), LARGEST_BLOCK))
                .largestAlignment(Math.min(capabilities.maxByteAlignment(), LARGEST_ALIGNMENT))
                .capabilities(capabilities.interfaces().toArray(Class<?>[]::new))
                .singleFrees(
                        capabilities.interfaces().contains(Resettable.class)
                                ? SingleFrees.WAIT_FOR_RESET
                                : SingleFrees.GIVE_BACK)
                .build();
    }

    /**
     * A decorator.
     *
     * @param over decorates an allocator; the subject makes what else it needs
     */
    private record Decorator(String name, BiFunction<Subject, Allocator, Allocator> over) {}

    private static final List<Decorator> DECORATORS = List.of(
            new Decorator("limited", (_, upstream) -> Allocators.limited(upstream, 1L << 40)),
            new Decorator("recording", (_, upstream) -> RECORDER.recording(upstream)),
            new Decorator("tracking", (_, upstream) -> Allocators.tracking(upstream, EVERY_BLOCK)),
            new Decorator("hardening", (_, upstream) -> Allocators.hardening(upstream, HARDENING)),
            new Decorator(
                    "segregated",
                    (subject, upstream) -> Allocators.segregated(1000, upstream, subject.strategy("lockfree"))),
            new Decorator(
                    "fallback", (subject, upstream) -> Allocators.fallback(upstream, subject.strategy("lockfree"))));

    private static TraceRecorder recorder() {
        try {
            Path file = Files.createTempFile("properties", ".trace.gz");
            file.toFile().deleteOnExit();
            return TraceRecorder.to(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every decorator, and every decorator over every decorator. */
    static List<Kind> compositions() {
        List<Kind> kinds = new ArrayList<>();
        for (String strategy : DECORATED) {
            for (Decorator inner : DECORATORS) {
                kinds.add(composition(
                        inner.name + " " + strategy, subject -> inner.over.apply(subject, subject.strategy(strategy))));
                for (Decorator outer : DECORATORS) {
                    kinds.add(composition(
                            outer.name + " " + inner.name + " " + strategy,
                            subject ->
                                    outer.over.apply(subject, inner.over.apply(subject, subject.strategy(strategy)))));
                }
            }
        }
        return kinds;
    }

    private static Kind composition(String name, Function<Subject, Allocator> maker) {
        return new Kind(
                name,
                ContractLimits.builder()
                        .largestBlock(LARGEST_BLOCK)
                        .largestAlignment(LARGEST_ALIGNMENT)
                        .closing(Closing.LEAVES_MEMORY)
                        .build(),
                maker);
    }
}
