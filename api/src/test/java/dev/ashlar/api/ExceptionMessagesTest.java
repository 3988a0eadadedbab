package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.InvalidBlockException.Reason;
import org.junit.jupiter.api.Test;

/** An error gives the offending and the allowed value and says what to do. */
class ExceptionMessagesTest {

    @Test
    void mustTellRequestUseAndLimitWhenALimitIsReached() {
        AllocationException e = AllocationException.limitReached(100, 950, 1000);
        assertThat(e)
                .hasMessage(
                        "Cannot allocate 100 bytes: 950 of 1000 bytes are used. Free blocks, trim other allocators of"
                                + " the same limit, or raise the limit.")
                .hasNoCause();
        assertThat(e.requestedBytes()).isEqualTo(100);
        assertThat(e.usedBytes()).isEqualTo(950);
        assertThat(e.limitBytes()).isEqualTo(1000);
    }

    @Test
    void mustTellTheChunkThatIsTooLargeForALimit() {
        assertThat(AllocationException.limitReached(64, 65_536, 0, 64_000))
                .hasMessage("Cannot allocate 64 bytes: they need a chunk of 65536 bytes, and the limit is 64000 bytes."
                        + " Raise the limit.");
        assertThat(AllocationException.limitReached(64, 65_536, 65_536, 100_000))
                .hasMessage("Cannot allocate 64 bytes: 65536 of 100000 bytes are used, and they need a chunk of 65536"
                        + " bytes. Free blocks, trim other allocators of the same limit, or raise the limit.");
        assertThat(AllocationException.limitReached(200_000, 200_000, 0, 100_000))
                .hasMessageStartingWith("Cannot allocate 200000 bytes: 0 of 100000 bytes are used. Free blocks");
    }

    @Test
    void mustNotSpeakOfALimitThatIsNotSet() {
        assertThat(AllocationException.limitReached(Long.MAX_VALUE, 435_536, AllocationException.NO_LIMIT))
                .hasMessage("Cannot allocate 9223372036854775807 bytes: 435536 bytes are used, and both together are"
                        + " more than any memory has. No limit is set.");
    }

    @Test
    void mustTellTheAlignmentThatTheSourceWasAskedFor() {
        assertThat(AllocationException.sourceExhausted(8, 1L << 62, 0, "jdk", null))
                .hasMessageStartingWith("Cannot allocate 8 bytes at a multiple of 4611686018427387904: the memory"
                        + " source 'jdk' gave no memory");
    }

    @Test
    void mustTellSourceAndCauseWhenTheSourceIsExhausted() {
        OutOfMemoryError cause = new OutOfMemoryError("native memory");
        AllocationException e = AllocationException.sourceExhausted(100, 4096, "jdk", cause);
        assertThat(e)
                .hasMessage(
                        "Cannot allocate 100 bytes: the memory source 'jdk' gave no memory (4096 bytes are taken from"
                                + " it). It said: native memory")
                .hasCause(cause);
        assertThat(e.usedBytes()).isEqualTo(4096);
        assertThat(e.limitBytes()).isEqualTo(AllocationException.NO_LIMIT);
    }

    @Test
    void mustNotSpeakOfACauseThatThereIsNot() {
        assertThat(AllocationException.sourceExhausted(100, 4096, "jdk", null))
                .hasMessageEndingWith("(4096 bytes are taken from it).")
                .hasNoCause();
    }

    @Test
    void mustTellTheLargestRequestThatIsServed() {
        AllocationException e = AllocationException.tooLarge("byteSize", 70_000, 65_536, "Use the buddy strategy.");
        assertThat(e)
                .hasMessage(
                        "Cannot allocate: byteSize is 70000, at most 65536 is served here. Use the buddy strategy.");
        assertThat(e.requestedBytes()).isEqualTo(70_000);
        assertThat(e.limitBytes()).isEqualTo(65_536);
    }

    @Test
    void mustTellABlockFreedTwice() {
        InvalidBlockException e = InvalidBlockException.freedTwice(0xabc0, 64);
        assertThat(e)
                .hasMessage(
                        "Block at 0xabc0 (size class 64 bytes) is free: it was freed before. Look for a second owner.");
        assertInvalid(e, Reason.FREED_TWICE, 0xabc0, 64);
    }

    @Test
    void mustTellWhereAnAddressLiesThatIsNoBlockStart() {
        InvalidBlockException e = InvalidBlockException.noBlockStart(0xabc8, 64, 0xabc0);
        assertThat(e)
                .hasMessage(
                        "No block starts at 0xabc8: it lies 8 bytes into 0xabc0 (size class 64 bytes). Free a block as"
                                + " it was handed out, not a slice.");
        assertInvalid(e, Reason.NO_BLOCK_START, 0xabc8, 64);
    }

    @Test
    void mustTellABlockOfAnother() {
        InvalidBlockException e = InvalidBlockException.foreign(0xabc0);
        assertThat(e)
                .hasMessage(
                        "Address 0xabc0 lies in no memory that this allocator holds. The block is another allocator's,"
                                + " or it was freed and its memory has gone back upstream.");
        assertInvalid(e, Reason.FOREIGN, 0xabc0, InvalidBlockException.UNKNOWN_SIZE);
    }

    @Test
    void mustNotSpeakOfASizeClassThatIsUnknown() {
        assertThat(InvalidBlockException.freedTwice(0xabc0, InvalidBlockException.UNKNOWN_SIZE))
                .hasMessageStartingWith("Block at 0xabc0 is free");
    }

    private static void assertInvalid(InvalidBlockException e, Reason reason, long address, long sizeClass) {
        assertThat(e).isInstanceOf(IllegalArgumentException.class);
        assertThat(e.reason()).isEqualTo(reason);
        assertThat(e.address()).isEqualTo(address);
        assertThat(e.sizeClass()).isEqualTo(sizeClass);
    }

    @Test
    void mustTellTheBoundOfAPoolThatIsExhausted() {
        PoolExhaustedException e = new PoolExhaustedException(8);
        assertThat(e)
                .hasMessage(
                        "All 8 objects of the pool are live (maxLive). Release objects sooner, acquire with a timeout,"
                                + " or raise maxLive.");
        assertThat(e.maxLive()).isEqualTo(8);
    }

    @Test
    void mustPassOnWhatIsWrongWithARelease() {
        assertThat(new InvalidReleaseException("released twice"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("released twice");
    }
}
