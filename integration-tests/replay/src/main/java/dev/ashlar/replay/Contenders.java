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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Finds all contenders: the installed strategies by name, then the baselines {@code malloc} and {@code jdk}. One that
 * cannot take part is left out with a reason, or is an error if it was named.
 */
final class Contenders {

    /** How blocks are allocated and freed. */
    enum Api {
        /** As memory segments, through {@link Allocator}. */
        SEGMENT,
        /** As raw addresses, through {@link AddressAllocator}. */
        ADDRESS
    }

    /** The events for the row of the JDK: enough for a stable time, and a fraction of a second. */
    private static final int JDK_SAMPLE = 100_000;

    private final Api api;
    private final boolean shared;
    private final boolean alone;
    private final Map<String, Supplier<Contender>> known = new LinkedHashMap<>();
    private final List<Contender> chosen = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    private Contenders(Api api, boolean shared, boolean alone) {
        this.api = api;
        this.shared = shared;
        this.alone = alone;
        AllocatorProviders.installed().forEach((name, provider) -> known.put(name, () -> strategy(provider)));
        known.put("malloc", this::malloc);
        known.put("jdk", this::jdk);
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
        leftOut.forEach(reason -> notes.add("Left out: " + reason + "."));
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
        Frames frames = frames(provider);
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
                                + (shared ? "; on several threads the whole trace is one." : ".")));
    }

    private Frames frames(AllocatorProvider provider) {
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

    private Contender malloc() {
        requireNativeAccess("malloc");
        Subject.Factory subjects = trace -> new AddressSubject(new Malloc(), new MallocBooks(alone), trace);
        return new Contender(
                "malloc",
                subjects,
                subjects,
                Integer.MAX_VALUE,
                Frames.NONE,
                Optional.of(
                        "malloc is the C library's, through plain downcalls. Its committed bytes are the growth of the"
                                + " whole process's heap (mallinfo2): what the JVM's compiler took meanwhile is in them."));
    }

    private Contender jdk() {
        if (shared) {
            throw new UnfitException("jdk confines each arena to the thread that opened it, so it plays on one thread");
        }
        return new Contender(
                "jdk",
                JdkSubject::new,
                JdkSubject::new,
                JDK_SAMPLE,
                Frames.NONE,
                Optional.of(
                        "jdk is an Arena.ofConfined for each block, which is too slow to be worth more than a sample:"
                                + " the first " + String.format(Locale.ROOT, "%,d", JDK_SAMPLE)
                                + " events. Its peak is that of the sample."));
    }

    private static void requireNativeAccess(String name) {
        String missing = NativeAccess.missing();
        if (missing != null) {
            throw new UnfitException(name + ": " + missing);
        }
    }
}
