package dev.ashlar.verification.properties;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.testkit.ContractLimits.Closing;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.verification.properties.Step.Way;
import dev.ashlar.verification.properties.Subject.Kind;
import java.util.List;

/** The checks after a sequence of steps. */
final class Ending {

    private Ending() {}

    /** Rules 6, 8 and 9: frees everything, and checks that all memory is returned. */
    static void finish(Kind kind, Model model) {
        model.source().recover();
        model.subject().freeEverything();
        model.books().live().clear();
        model.books().check();
        serveAgain(kind, model);
        model.trim();
        model.books().check();
        model.closeAll();
        assertNothingOut(model.source());
    }

    /** Repeats the requests that were refused for lack of memory, after everything was freed. */
    private static void serveAgain(Kind kind, Model model) {
        for (Request request : List.copyOf(model.books().refusedRequests())) {
            if (isEverServed(kind, request, model.subject().config().limitBytes())) {
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
    private static boolean isEverServed(Kind kind, Request request, long limitBytes) {
        try (Subject unused = kind.create(limitBytes, 0)) {
            return unused.tested().allocator().tryAllocate(request.byteSize(), request.byteAlignment()) != null;
        }
    }

    /** Rule 9: closes the allocator with its live blocks, and what is underneath if it leaves them live. */
    static void abandon(Model model) {
        model.source().recover();
        model.subject().allocator().close();
        if (model.subject().limits().closing() == Closing.LEAVES_MEMORY) {
            model.subject().recorder().checkContents();
            model.closeAll();
        }
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
