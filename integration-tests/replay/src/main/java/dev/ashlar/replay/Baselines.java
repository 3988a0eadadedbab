package dev.ashlar.replay;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.replay.Contender.Frames;
import dev.ashlar.replay.Contenders.UnfitException;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ProviderException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What strategies are compared with: the allocators of C libraries, Netty's, and the bare JDK. */
final class Baselines {

    /** The providers of C libraries, in the order of the table. */
    static final List<String> C_LIBRARIES = List.of("malloc", "jemalloc", "mimalloc", "tcmalloc");

    private static final Map<String, String> COMMITTED_BYTES = Map.of(
            "malloc", "the heap of the whole process (mallinfo2), with what the JVM's compiler took meanwhile",
            "jemalloc", "its resident pages (stats.resident)",
            "mimalloc", "its resident segments (/proc/self/smaps), at the peak and at the end of the trace",
            "tcmalloc", "its heap without unmapped pages");

    /** The events for the row of the JDK: enough for a stable time, and a fraction of a second. */
    private static final int JDK_SAMPLE = 100_000;

    private Baselines() {}

    /**
     * The allocator of a C library, by addresses.
     *
     * @param alone whether nothing else is replayed in this JVM: otherwise its committed bytes are unknown, because it
     *     uses memory again that the replay before has freed
     * @throws UnfitException if the library cannot be used
     */
    static Contender ofLibrary(AllocatorProvider provider, boolean alone) {
        String name = provider.name();
        AllocatorConfig config = AllocatorConfig.from(System.getProperties());
        try {
            provider.validate(config);
        } catch (ProviderException | IllegalArgumentException e) { // it is missing, or has a limit
            throw new UnfitException(String.valueOf(e.getMessage()));
        }
        Subject.Factory subjects = trace -> {
            Allocator allocator = provider.create(config);
            return new AddressSubject(
                    allocator.as(AddressAllocator.class).orElseThrow(), books(allocator, name, alone), trace);
        };
        return new Contender(
                name,
                subjects,
                subjects,
                Integer.MAX_VALUE,
                Frames.NONE,
                Optional.of(name + " is the C library's, by addresses through "
                        + (name.equals("malloc") ? "plain" : "critical")
                        + " downcalls. Its committed bytes are the growth of " + COMMITTED_BYTES.get(name) + "."),
                null,
                List.of());
    }

    private static LibraryBooks books(Allocator allocator, String name, boolean alone) {
        if (!alone) {
            return LibraryBooks.blind(allocator);
        }
        return name.equals("mimalloc") ? LibraryBooks.residentOfMimalloc(allocator) : LibraryBooks.committed(allocator);
    }

    /** Netty's adaptive allocator, on threads like those of its event loops. */
    static Contender netty() {
        return new Contender(
                "netty",
                NettySubject::new,
                NettySubject::new,
                Integer.MAX_VALUE,
                Frames.NONE,
                Optional.of("netty is the AdaptiveByteBufAllocator with direct buffers, on threads like those of event"
                        + " loops. Its JVM has the options with which Netty uses Unsafe and looks for no leaks; with"
                        + " --no-fork it has the options of this JVM."),
                NettySubject.EVENT_LOOP_THREADS,
                NettySubject.JVM_OPTIONS);
    }

    /**
     * A confined arena for each block.
     *
     * @param shared whether several threads use an allocator at once
     * @throws UnfitException if they do
     */
    static Contender jdk(boolean shared) {
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
                                + " events. Its peak is that of the sample."),
                null,
                List.of());
    }
}
