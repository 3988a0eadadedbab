package dev.ashlar.verification.composition;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import dev.ashlar.api.compose.TraceRecorder;
import dev.ashlar.api.compose.Tracking;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Every kind of view that is itself an allocator. */
public final class Views {

    /** Writes to a file that is deleted with the JVM. */
    public static final TraceRecorder RECORDER = recorder();

    private static TraceRecorder recorder() {
        try {
            Path file = Files.createTempFile("contract", ".trace.gz");
            file.toFile().deleteOnExit();
            return TraceRecorder.to(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Views() {}

    /** A kind of view. */
    record View(String name, UnaryOperator<Allocator> make) {

        /** One over an allocator that owns memory. */
        Allocator over(Allocator allocator) {
            return make.apply(allocator);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<View> all() {
        return Stream.of(
                new View("itself", allocator -> allocator),
                new View("limited", Views::limited),
                new View("limited twice", allocator -> limited(limited(allocator))),
                new View("recording", Views::recording),
                new View("tracking", Views::tracking),
                new View("hardened", Views::hardened),
                new View("confined hardened", allocator -> confined(hardened(allocator))),
                new View("hardened limited", allocator -> hardened(limited(allocator))),
                new View("segregated", allocator -> Allocators.segregated(1000, allocator, limited(allocator))),
                new View("fallback", Views::fallback),
                new View("confined", Views::confined),
                new View("confined limited", allocator -> confined(limited(allocator))),
                new View("confined tracking", allocator -> confined(tracking(allocator))),
                new View("confined recording", allocator -> confined(recording(allocator))),
                new View(
                        "confined segregated",
                        allocator -> confined(Allocators.segregated(1000, allocator, allocator))),
                new View("recording limited fallback", allocator -> recording(limited(fallback(allocator)))));
    }

    private static Allocator limited(Allocator allocator) {
        return Allocators.limited(allocator, 1 << 30);
    }

    private static Allocator hardened(Allocator allocator) {
        return Allocators.hardening(allocator, Hardening.Level.FULL);
    }

    private static Allocator recording(Allocator allocator) {
        return RECORDER.recording(allocator);
    }

    private static Allocator tracking(Allocator allocator) {
        Tracking every = Tracking.builder()
                .bytesPerSample(Tracking.ALL)
                .unreachable(Tracking.Unreachable.IGNORED)
                .build();
        return Allocators.tracking(allocator, every);
    }

    /** A composite of two views of one allocator, or the allocator itself if it cannot find its blocks. */
    private static Allocator fallback(Allocator allocator) {
        return allocator.as(Owner.class).isEmpty() ? allocator : Allocators.fallback(limited(allocator), allocator);
    }

    private static Allocator confined(Allocator allocator) {
        Optional<Confinable> confinable = allocator.as(Confinable.class);
        return confinable.isEmpty() ? allocator : confinable.get().confined();
    }
}
