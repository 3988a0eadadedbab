package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.spi.MemorySource.Chunk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class FaultySourceTest {

    private final FaultySource source = new FaultySource();

    private Chunk take(long byteSize) {
        return Objects.requireNonNull(source.take(byteSize, 4096));
    }

    @Test
    void mustCountWhatIsOpen() {
        Chunk first = take(1000);
        Chunk second = take(5000);
        first.close();
        assertThat(source.openChunks()).isEqualTo(1);
        assertThat(source.memoryBytes()).isEqualTo(5000);
        assertThat(source.openBytes()).isEqualTo(5000 + 4080);
        assertThat(source.peakBytes()).isEqualTo(6000 + 2 * 4080);
        assertThat(source.largestChunk()).isEqualTo(second.takenBytes()).isEqualTo(5000 + 4080);
        assertThat(source.takes()).isEqualTo(2);
        assertThat(source.closes()).isEqualTo(1);
        second.close();
        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustGiveDirtyAlignedMemoryThatDiesWithItsChunk() {
        Chunk chunk = take(100);
        MemorySegment memory = chunk.memory();
        assertThat(memory.address() % 4096).isZero();
        assertThat(memory.get(ValueLayout.JAVA_BYTE, 99)).isEqualTo(FaultySource.DIRT);
        chunk.close();
        assertThatIllegalStateException().isThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 99));
    }

    @Test
    void mustRefuseTheNthTakeOnly() {
        source.refuseTake(3);
        assertThat(source.take(8, 8)).isNotNull();
        assertThat(source.take(8, 8)).isNotNull();
        assertThat(source.take(8, 8)).isNull();
        assertThat(source.take(8, 8)).isNotNull();
        assertThat(source.refusals()).isEqualTo(1);
        source.close();
    }

    @Test
    void mustRunWhatATestWantsAtTheNthTakeOnly() {
        List<Integer> openThen = new ArrayList<>();
        source.atTake(2, () -> openThen.add(source.openChunks()));
        assertThat(source.take(8, 8)).isNotNull();
        assertThat(source.hasFailed()).isFalse();
        assertThat(source.take(8, 8)).isNotNull();
        assertThat(source.hasFailed()).isTrue();
        assertThat(source.take(8, 8)).isNotNull();
        assertThat(openThen).containsExactly(1);
        assertThat(source.refusals()).isZero();
        source.close();
    }

    @Test
    void mustRefuseWhatPassesItsBudget() {
        source.budget(100 + 4080);
        Chunk chunk = take(60);
        assertThat(source.take(41, 8)).isNull();
        assertThat(source.take(40, 8)).isNotNull();
        chunk.close();
        assertThat(source.take(60, 8)).isNotNull();
        source.runDry();
        assertThat(source.take(1, 1)).isNull();
        source.recover();
        assertThat(source.take(1000, 8)).isNotNull();
        source.close();
    }

    @Test
    void mustRefuseAbsurdChunks() {
        assertThat(source.take(Long.MAX_VALUE, 8)).isNull();
        assertThat(source.take(8, 1L << 62)).isNull();
        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustKeepChunksOpenUntilItRecovers() {
        Chunk chunk = take(64);
        source.keepChunksOpen();
        assertThatIllegalStateException().isThrownBy(chunk::close);
        assertThat(source.openChunks()).isEqualTo(1);
        assertThat(chunk.memory().scope().isAlive()).isTrue();
        source.recover();
        chunk.close();
        assertThat(source.misuses()).isEmpty();
    }

    @Test
    void mustNoteMisuse() {
        Chunk chunk = take(64);
        chunk.close();
        assertThatIllegalStateException().isThrownBy(chunk::close);
        assertThatIllegalArgumentException().isThrownBy(() -> source.take(0, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> source.take(8, 3));
        assertThat(source.misuses()).hasSize(3);
    }

    @Test
    void mustFindTheMemoryAtAnAddress() {
        Chunk chunk = take(64);
        long address = chunk.memory().address();
        assertThat(source.memoryAt(address + 8, 16)).isEqualTo(chunk.memory().asSlice(8, 16));
        assertThat(source.holds(address + 63)).isTrue();
        assertThat(source.holds(address + 64)).isFalse();
        assertThat(source.holds(address - 1)).isFalse();
        chunk.close();
        assertThat(source.holds(address)).isFalse();
    }

    @Test
    void mustHoldOneThreadAndNoOther() {
        try (TestThread held = TestThread.platform();
                Hold hold = source.holdNextTake()) {
            Future<Chunk> taken = held.start(() -> take(8));
            hold.awaitEntered();
            take(8).close();
            assertThat(taken.isDone()).isFalse();
            hold.release();
            held.await(taken).close();
        }
    }
}
