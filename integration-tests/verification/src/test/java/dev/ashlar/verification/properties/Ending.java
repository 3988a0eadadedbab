package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.verification.properties.Step.Way;
import java.util.List;

/** The checks after a sequence of steps. */
final class Ending {

    private Ending() {}

    /** Rules 6, 8 and 9: frees everything, and checks that all memory is returned. */
    static void finish(AllocatorProvider provider, Model model) {
        model.source().recover();
        model.subject().freeEverything();
        model.books().live().clear();
        model.books().check();
        serveAgain(provider, model);
        model.trim();
        model.books().check();
        model.subject().allocator().close();
        assertNothingOut(model.source());
    }

    /** Repeats the requests that were refused for lack of memory, after everything was freed. */
    private static void serveAgain(AllocatorProvider provider, Model model) {
        for (Request request : List.copyOf(model.books().refusedRequests())) {
            if (isEverServed(provider, request, model.subject().config().limitBytes())) {
                assertThat(model.allocate(Way.ALLOCATE, request))
                        .as("%s after everything was freed", request)
                        .isTrue();
                model.free(0, false);
            }
        }
    }

    /**
     * Whether an unused allocator with the limit serves such a request, itself or through its upstream. The limit must
     * have room for the block with rounding and padding.
     */
    private static boolean isEverServed(AllocatorProvider provider, Request request, long limitBytes) {
        try (AllocatorUnderTest unused = Subjects.create(provider, limitBytes, 0)) {
            return unused.allocator().tryAllocate(request.byteSize(), request.byteAlignment()) != null;
        }
    }

    /** Rule 9: closes the allocator with its live blocks. */
    static void abandon(Model model) {
        model.source().recover();
        model.subject().allocator().close();
        assertNothingOut(model.source());
        assertThat(model.books().live())
                .as("blocks that outlived the allocator")
                .noneMatch(block -> block.block().scope().isAlive());
    }

    private static void assertNothingOut(FaultySource source) {
        assertThat(source.openChunks()).as("chunks out").isZero();
        assertThat(source.openBytes()).as("bytes out").isZero();
        assertThat(source.misuses()).as("misuses of the source").isEmpty();
    }
}
