package dev.ashlar.replay;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.replay.Contender.Frames;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.io.Serial;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;

/**
 * Finds all contenders: the installed strategies by name, then the {@link Baselines}. One that cannot take part is left
 * out with a reason, or is an error if it was named.
 */
final class Contenders {

    /** How blocks are allocated and freed. */
    enum Api {
        /** As memory segments, through {@link Allocator}. */
        SEGMENT,
        /** As raw addresses, through {@link AddressAllocator}. */
        ADDRESS
    }

    private final Api api;
    private final boolean shared;
    private final Map<String, Supplier<Contender>> known = new LinkedHashMap<>();
    private final List<Contender> chosen = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    private Contenders(Api api, boolean shared, boolean alone) {
        this.api = api;
        this.shared = shared;
        SortedMap<String, AllocatorProvider> installed = AllocatorProviders.installed();
        installed.forEach((name, provider) -> {
            if (!Baselines.C_LIBRARIES.contains(name)) {
                known.put(name, () -> strategy(provider));
            }
        });
        Baselines.C_LIBRARIES.forEach(
                name -> known.put(name, () -> Baselines.ofLibrary(AllocatorProviders.require(name), alone)));
        known.put("netty", Baselines::netty);
        known.put("jdk", () -> Baselines.jdk(shared));
    }

    /**
     * All that can take part.
     *
     * @param shared whether several threads use an allocator at once
     * @param alone whether nothing else is replayed in this JVM
     */
    static Contenders all(Api api, boolean shared, boolean alone) {
        Contenders contenders = new Contenders(api, shared, alone);
        contenders.known.values().forEach(contender -> {
            try {
                contenders.chosen.add(contender.get());
            } catch (UnfitException e) {
                contenders.leftOut.add(e.getMessage());
            }
        });
        return contenders;
    }

    /**
     * Those of given names, in that order.
     *
     * @param shared whether several threads use an allocator at once
     * @param alone whether nothing else is replayed in this JVM
     * @throws UnfitException if one is not installed or cannot take part; the message says why, and what is installed
     */
    static Contenders named(List<String> names, Api api, boolean shared, boolean alone) {
        Contenders contenders = new Contenders(api, shared, alone);
        for (String name : names) {
            Supplier<Contender> contender = contenders.known.get(name);
            if (contender == null) {
                throw new UnfitException("no strategy '" + name + "' is installed; there are "
                        + String.join(", ", contenders.known.keySet()));
            }
            contenders.chosen.add(contender.get());
        }
        return contenders;
    }

    /** Those that take part. */
    List<Contender> chosen() {
        return chosen;
    }

    /** Notes below the table: on the figures, and on contenders that are missing. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        chosen.forEach(contender -> contender.note().ifPresent(notes::add));
        leftOut.forEach(reason -> notes.add("Left out: " + reason + (reason.endsWith(".") ? "" : ".")));
        return notes;
    }

    /** A contender that cannot take part. */
    static final class UnfitException extends RuntimeException {

        @Serial
        private static final long serialVersionUID = 1;

        UnfitException(String message) {
            super(message);
        }
    }

    private Contender strategy(AllocatorProvider provider) {
        String name = provider.name();
        if (api == Api.ADDRESS) {
            if (!provider.capabilities().interfaces().contains(AddressAllocator.class)) {
                throw new UnfitException(name + " has no raw addresses (AddressAllocator)");
            }
            requireNativeAccess(name);
        }
        Frames frames = frames(provider, shared);
        return new Contender(
                name,
                trace -> subject(StrategyBooks.open(provider), trace, frames),
                trace -> subject(StrategyBooks.openObserved(provider), trace, frames),
                Integer.MAX_VALUE,
                frames,
                frames == Frames.NONE
                        ? Optional.empty()
                        : Optional.of(name + " frees blocks together: the column 'frames' tells in how many frames it"
                                + " plays the trace. A frame ends where no block is live"
                                + (shared ? "; on several threads the whole trace is one." : ".")),
                null,
                List.of());
    }

    /**
     * How many frames a strategy plays a trace in.
     *
     * @param shared whether several threads use an allocator at once
     */
    static Frames frames(AllocatorProvider provider, boolean shared) {
        if (!provider.capabilities().interfaces().contains(Resettable.class)) {
            return Frames.NONE;
        }
        return shared ? Frames.WHOLE : Frames.QUIET;
    }

    private Subject subject(StrategyBooks books, Trace trace, Frames frames) {
        Allocator allocator = books.allocator();
        Subject subject = api == Api.SEGMENT
                ? new SegmentSubject(allocator, books, trace)
                : new AddressSubject(allocator.as(AddressAllocator.class).orElseThrow(), books, trace);
        return frames == Frames.QUIET
                ? new FrameSubject(subject, allocator.as(Resettable.class).orElseThrow())
                : subject;
    }

    private static void requireNativeAccess(String name) {
        String missing = NativeAccess.missing();
        if (missing != null) {
            throw new UnfitException(name + ": " + missing);
        }
    }
}
