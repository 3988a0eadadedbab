package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A refusal gives the offending and the allowed value and says what to do. */
class RefusalTest {

    @Test
    void mustTellRequestUseAndLimitWhenALimitIsReached() {
        Refusal refusal = Refusal.limitReached(100, 950, 1000);
        assertThat(refusal)
                .hasToString("Cannot allocate 100 bytes: 950 of 1000 bytes are used. Free blocks, trim other allocators"
                        + " of the same limit, or raise the limit.");
        assertRefusal(refusal, Refusal.Reason.LIMIT, Refusal.UNNAMED, 100, 950, 1000);
    }

    @Test
    void mustTellTheNameOfALimitThatHasOne() {
        Refusal refusal = Refusal.limitReached("cache", 100, 100, 950, 1000);
        assertThat(refusal.message())
                .startsWith("Cannot allocate 100 bytes of the limit 'cache': 950 of 1000 bytes are used.");
        assertRefusal(refusal, Refusal.Reason.LIMIT, "cache", 100, 950, 1000);
    }

    @Test
    void mustTellTheChunkThatIsTooLargeForALimit() {
        assertThat(ofChunk(64, 65_536, 0, 64_000))
                .isEqualTo("Cannot allocate 64 bytes: they need a chunk of 65536 bytes, and the limit is 64000 bytes."
                        + " Raise the limit.");
        assertThat(ofChunk(64, 65_536, 65_536, 100_000))
                .isEqualTo("Cannot allocate 64 bytes: 65536 of 100000 bytes are used, and they need a chunk of 65536"
                        + " bytes. Free blocks, trim other allocators of the same limit, or raise the limit.");
        assertThat(ofChunk(200_000, 200_000, 0, 100_000))
                .startsWith("Cannot allocate 200000 bytes: 0 of 100000 bytes are used. Free blocks");
    }

    private static String ofChunk(long requestedBytes, long chunkBytes, long usedBytes, long limitBytes) {
        return Refusal.limitReached(Refusal.UNNAMED, requestedBytes, chunkBytes, usedBytes, limitBytes)
                .message();
    }

    @Test
    void mustNotSpeakOfALimitThatIsNotSet() {
        assertThat(Refusal.limitReached(Long.MAX_VALUE, 435_536, AllocationException.NO_LIMIT))
                .hasToString("Cannot allocate 9223372036854775807 bytes: 435536 bytes are used, and both together are"
                        + " more than any memory has. No limit is set.");
    }

    @Test
    void mustTellTheSourceThatIsExhausted() {
        Refusal refusal = Refusal.sourceExhausted("jdk", 100, 8, 4096);
        assertThat(refusal)
                .hasToString("Cannot allocate 100 bytes: the memory source 'jdk' gave no memory (4096 bytes are taken"
                        + " from it).");
        assertRefusal(refusal, Refusal.Reason.SOURCE, "jdk", 100, 4096, AllocationException.NO_LIMIT);
    }

    @Test
    void mustTellTheAlignmentThatTheSourceWasAskedFor() {
        assertThat(Refusal.sourceExhausted("jdk", 8, 1L << 62, 0).message())
                .startsWith("Cannot allocate 8 bytes at a multiple of 4611686018427387904: the memory source 'jdk' gave"
                        + " no memory");
    }

    @Test
    void mustTellTheLargestRequestThatIsServed() {
        Refusal refusal = Refusal.tooLarge("byteSize", 70_000, 65_536, "Use the buddy strategy.");
        assertThat(refusal)
                .hasToString(
                        "Cannot allocate: byteSize is 70000, at most 65536 is served here. Use the buddy strategy.");
        assertRefusal(refusal, Refusal.Reason.TOO_LARGE, "byteSize", 70_000, 0, 65_536);
    }

    private static void assertRefusal(
            Refusal refusal, Refusal.Reason reason, String name, long requested, long used, long limit) {
        assertThat(refusal.reason()).isEqualTo(reason);
        assertThat(refusal.name()).isEqualTo(name);
        assertThat(refusal.requestedBytes()).isEqualTo(requested);
        assertThat(refusal.usedBytes()).isEqualTo(used);
        assertThat(refusal.limitBytes()).isEqualTo(limit);
    }
}
