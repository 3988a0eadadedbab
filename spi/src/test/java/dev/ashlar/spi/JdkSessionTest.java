package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.spi.MemorySource.Chunk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a session of {@code jdk} closes arenas. The module of verification tests the contract of sources. */
class JdkSessionTest {

    private final List<Duration> delays = new ArrayList<>();
    private final List<Runnable> housekeeping = new ArrayList<>();
    private final JdkSession session = new JdkSession((delay, task) -> {
        delays.add(delay);
        housekeeping.add(task);
    });

    @AfterEach
    void close() {
        session.close();
    }

    private Chunk take(long byteSize, long byteAlignment) {
        return Objects.requireNonNull(session.take(byteSize, byteAlignment));
    }

    private void keepHouse() {
        List<Runnable> tasks = List.copyOf(housekeeping);
        housekeeping.clear();
        tasks.forEach(Runnable::run);
    }

    private static boolean isOpen(Chunk chunk) {
        return chunk.memory().scope().isAlive();
    }

    @Test
    void mustLeaveTheClosingOfArenasToHousekeeping() {
        Chunk first = take(4096, 8);
        Chunk second = take(8192, 8);

        first.close();
        second.close();

        assertThat(isOpen(first)).isTrue();
        assertThat(delays).as("one task for both").hasSize(1).allMatch(delay -> delay.isPositive());
        keepHouse();
        assertThat(isOpen(first)).isFalse();
        assertThat(isOpen(second)).isFalse();
    }

    @Test
    void mustAskHousekeepingAgainForWhatComesBackLater() {
        take(4096, 8).close();
        keepHouse();
        Chunk later = take(4096, 8);

        later.close();
        keepHouse();

        assertThat(isOpen(later)).isFalse();
    }

    @Test
    void mustGiveAKeptChunkForTheSameRequestOnly() {
        Chunk kept = take(4096, 8);
        kept.close();

        Chunk larger = take(4104, 8);
        Chunk aligned = take(4096, 4096);
        Chunk same = take(4096, 8);
        Chunk next = take(4096, 8);

        assertThat(same.memory().address()).isEqualTo(kept.memory().address());
        assertThat(List.of(larger, aligned, next))
                .noneMatch(chunk -> chunk.memory().address() == kept.memory().address());
        keepHouse();
        assertThat(isOpen(same)).isTrue();
        List.of(larger, aligned, same, next).forEach(Chunk::close);
    }

    @Test
    void mustTakeAChunkBackOnceHoweverOftenItIsClosed() {
        Chunk chunk = take(4096, 8);
        chunk.close();
        chunk.close();
        Chunk again = take(4096, 8);

        chunk.close();
        Chunk other = take(4096, 8);

        assertThat(other.memory().address()).isNotEqualTo(again.memory().address());
        again.close();
        other.close();
    }

    @Test
    void mustCloseBeforeItTakesMoreWhenMuchIsKept() {
        List<Chunk> chunks = new ArrayList<>();
        for (long bytes = 0; bytes <= JdkSession.MOST_KEPT; bytes += 4 << 20) {
            chunks.add(take(4 << 20, 8));
        }
        chunks.forEach(Chunk::close);
        assertThat(delays).contains(Duration.ZERO);
        assertThat(chunks).allMatch(JdkSessionTest::isOpen);

        take(4096, 8).close();

        assertThat(chunks).noneMatch(JdkSessionTest::isOpen);
    }

    @Test
    void mustCloseAtOnceWhenItIsTrimmed() {
        Chunk kept = take(4096, 8);
        kept.close();

        session.trim();

        assertThat(isOpen(kept)).isFalse();
        keepHouse(); // finds nothing
    }

    @Test
    void mustCloseAtOnceWhenTheSessionIsClosed() {
        Chunk kept = take(4096, 8);
        Chunk out = take(4096, 8);
        kept.close();

        session.close();

        assertThat(isOpen(kept)).isFalse();
        assertThat(isOpen(out)).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> session.take(8, 8)).withMessageContaining("jdk");
        out.close();
        assertThat(isOpen(out)).isFalse();
    }
}
