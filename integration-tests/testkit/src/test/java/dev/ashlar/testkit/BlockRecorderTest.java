package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BlockRecorderTest {

    private final MemorySegment memory = Arena.ofAuto().allocate(1 << 20, 4096);
    private final BlockRecorder recorder = new BlockRecorder();

    private MemorySegment handedOut(long offset, long byteSize) {
        return recorder.handedOut(memory.asSlice(offset, byteSize), byteSize, 1);
    }

    @Test
    void mustSeeOverlapFromBothSides() {
        handedOut(100, 100);
        assertFails("overlaps", () -> handedOut(100, 100));
        assertFails("overlaps", () -> handedOut(199, 10));
        assertFails("overlaps", () -> handedOut(50, 51));
        assertFails("overlaps", () -> handedOut(120, 5));
        assertFails("overlaps", () -> handedOut(50, 300));
    }

    @Test
    void mustNotSeeOverlapOfNeighbours() {
        handedOut(100, 100);
        handedOut(200, 100);
        handedOut(0, 100);
        recorder.checkContents();
        assertThat(recorder.liveBlocks()).isEqualTo(3);
        assertThat(recorder.requestedBytes()).isEqualTo(300);
    }

    @Test
    void mustTakeABlockOfNoBytesForOneAddress() {
        handedOut(100, 0);
        handedOut(101, 0);
        assertFails("overlaps", () -> handedOut(100, 0));
        assertFails("overlaps", () -> handedOut(90, 11));
    }

    @Test
    void mustSeeAWrongSizeOrAlignment() {
        assertFails("a block of 8 bytes", () -> recorder.handedOut(memory.asSlice(0, 8), 7, 1));
        assertFails("aligned to 64", () -> recorder.handedOut(memory.asSlice(32, 8), 8, 64));
        assertFails("no writable native memory", () -> recorder.handedOut(MemorySegment.ofArray(new byte[8]), 8, 1));
    }

    @Test
    void mustSeeAnyByteThatIsChanged() {
        for (long byteSize : new long[] {1, 7, 8, 9, 100, 4096}) {
            for (long at = 0; at < byteSize; at += Math.max(1, byteSize / 50)) {
                MemorySegment block = handedOut(0, byteSize);
                byte kept = block.get(ValueLayout.JAVA_BYTE, at);
                block.set(ValueLayout.JAVA_BYTE, at, (byte) ~kept);
                assertFails("byte " + at + " ", recorder::checkContents);
                block.set(ValueLayout.JAVA_BYTE, at, kept);
                recorder.givenBack(block);
            }
        }
    }

    @Test
    void mustSeeBothEndsOfALargeBlockChanged() {
        MemorySegment block = handedOut(0, 100_001);
        block.set(ValueLayout.JAVA_BYTE, 100_000, (byte) (block.get(ValueLayout.JAVA_BYTE, 100_000) + 1));
        assertFails("byte 100000 ", () -> recorder.givenBack(block));
        MemorySegment other = handedOut(500_000, 100_001);
        other.set(ValueLayout.JAVA_BYTE, 0, (byte) (other.get(ValueLayout.JAVA_BYTE, 0) + 1));
        assertFails("byte 0 ", () -> recorder.givenBack(other));
    }

    @Test
    void mustCheckACopyOfAnyLength() {
        for (long length = 0; length <= 40; length++) {
            MemorySegment block = handedOut(0, 40);
            MemorySegment copy = memory.asSlice(4096, 40).fill((byte) 0);
            MemorySegment.copy(block, 0, copy, 0, length);
            Pattern pattern = recorder.givenBack(block);
            recorder.checkCopy(copy, pattern, length);
            if (length < 40) {
                long tooLong = length + 1;
                copy.set(ValueLayout.JAVA_BYTE, length, (byte) ~memory.get(ValueLayout.JAVA_BYTE, length));
                assertFails("byte " + length + " ", () -> recorder.checkCopy(copy, pattern, tooLong));
            }
        }
    }

    @Test
    void mustForgetBlocksThatAreGivenBack() {
        MemorySegment block = handedOut(0, 100);
        recorder.givenBack(block);
        assertThat(recorder.isLive(block.address())).isFalse();
        assertFails("does not hold", () -> recorder.givenBack(block));
        assertThatCode(() -> handedOut(50, 100)).doesNotThrowAnyException();
        recorder.forgetAll();
        assertThat(recorder.blocks()).isEmpty();
    }

    private static void assertFails(String message, ThrowingCallable call) {
        assertThatExceptionOfType(AssertionError.class).isThrownBy(call).withMessageContaining(message);
    }
}
