package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.InvalidBlockException.Reason;
import org.junit.jupiter.api.Test;

/** An error gives the offending and the allowed value and says what to do. */
class ExceptionMessagesTest {

    @Test
    void mustThrowWhatTheRefusalSays() {
        Refusal refusal = Refusal.limitReached(100, 950, 1000);
        AllocationException e = new AllocationException(refusal);
        assertThat(e).hasMessage(refusal.message()).hasNoCause();
        assertThat(e.refusal()).isSameAs(refusal);
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
