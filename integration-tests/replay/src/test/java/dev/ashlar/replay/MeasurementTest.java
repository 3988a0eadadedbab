package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.replay.Contender.Frames;
import dev.ashlar.replay.Contenders.Api;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeasurementTest {

    private static final int RUNS = 7;

    @TempDir
    private Path folder;

    /** A trace that leaves two blocks live. */
    private Trace trace;

    /** The threads that allocated. */
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    /** Bytes that an allocator had taken when it was closed. */
    private final List<Long> committedBytes = new ArrayList<>();

    private int opened;

    @BeforeEach
    void read() throws Exception {
        read("a 0 700\na 1 800\nf 0\na 2 600\n");
    }

    private void read(String events) throws Exception {
        Path file = Files.writeString(folder.resolve("own.trace"), events);
        trace = new TraceFile(file.toString()).read();
    }

    @Test
    void mustPlayAllTimedRunsOnOneAllocator() {
        measure(false, 0, contender("test-honest", null));
        assertThat(opened).isEqualTo(2); // the other is that of the figures
    }

    @Test
    void mustPlayEachTimedRunOnAFreshAllocatorIfAsked() {
        measure(true, 0, contender("test-honest", null));
        assertThat(opened).isEqualTo(1 + RUNS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void mustResetAnArenaBetweenRuns(int lanes) throws Exception {
        // A run takes half a chunk of an arena.
        read(IntStream.range(0, 500).mapToObj(block -> "a " + block + " 1000\n").collect(Collectors.joining()));
        measure(false, lanes, contender("arena", null));
        assertThat(committedBytes).hasSize(2);
        assertThat(committedBytes.getLast()).isEqualTo(committedBytes.getFirst());
    }

    @Test
    void mustKeepThreadsBetweenRuns() {
        measure(false, 2, contender("test-honest", null));
        assertThat(threads).hasSize(1).doesNotContain(Thread.currentThread()); // of two lanes one allocates
    }

    @Test
    void mustPlayNettyOnThreadsOfItsOwnOnOneLaneToo() {
        measure(false, 1, contender("test-honest", NettySubject.EVENT_LOOP_THREADS));
        assertThat(threads)
                .hasSize(1)
                .allSatisfy(thread -> assertThat(thread).isInstanceOf(FastThreadLocalThread.class));
    }

    private void measure(boolean fresh, int lanes, Contender contender) {
        Result result = new Measurement(RUNS, 0, fresh, lanes, false, 8, false, false).measure(trace, contender);
        assertThat(result.nsPerEventOfRuns()).hasSize(RUNS);
    }

    private Contender contender(String strategy, @Nullable ThreadFactory factory) {
        Contender whole = Contenders.named(List.of(strategy), Api.SEGMENT, true, false)
                .chosen()
                .getFirst();
        Subject.Factory subjects = trace -> {
            opened++;
            return new Watched(whole.open(trace));
        };
        return new Contender(
                strategy, subjects, subjects, Integer.MAX_VALUE, Frames.NONE, Optional.empty(), factory, List.of());
    }

    /** A subject that notes its threads and its memory. */
    private final class Watched implements Subject, Books {

        private final Subject subject;

        Watched(Subject subject) {
            this.subject = subject;
        }

        @Override
        public boolean allocate(int block) {
            threads.add(Thread.currentThread());
            return subject.allocate(block);
        }

        @Override
        public void free(int block) {
            subject.free(block);
        }

        @Override
        public @Nullable MemorySegment memory(int block) {
            return subject.memory(block);
        }

        @Override
        public Books books() {
            return this;
        }

        @Override
        public Figures figures() {
            return subject.books().figures();
        }

        @Override
        public void settle() {
            subject.books().settle();
        }

        @Override
        public void finish() {
            committedBytes.add(subject.books().committedBytes());
            subject.books().finish();
        }

        @Override
        public void close() {
            subject.close();
        }
    }
}
