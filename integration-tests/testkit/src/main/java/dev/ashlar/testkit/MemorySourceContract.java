package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.MemorySource.Session;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link MemorySource} as tests. Whoever writes a source extends it with a method that makes one.
 *
 * <p>That a foreign call keeps a chunk open is tested only with native access ({@code --enable-native-access}).
 */
public abstract class MemorySourceContract {

    private static final int MANY = 64;

    /** For subclasses. */
    protected MemorySourceContract() {}

    /** The source. */
    protected abstract MemorySource source();

    private static Chunk take(Session from, long byteSize, long byteAlignment) {
        return Objects.requireNonNull(
                from.take(byteSize, byteAlignment), () -> "no " + byteSize + " bytes, aligned to " + byteAlignment);
    }

    private Session plain() {
        return source()::take;
    }

    private List<Session> plainAndOpened() {
        return List.of(plain(), source().open());
    }

    @Test
    void mustHaveANameOfLowerCaseLettersDigitsAndHyphens() {
        assertThat(source().name()).matches("[a-z][a-z0-9-]*");
    }

    @Test
    void mustGiveExactlyTheSizeAtTheAlignment() {
        for (Session session : plainAndOpened()) {
            for (long alignment = 1; alignment <= 1 << 22; alignment *= 2) {
                try (Chunk chunk = take(session, 4096 + 24, alignment)) {
                    assertThat(chunk.memory().byteSize()).isEqualTo(4120);
                    assertThat(chunk.memory().address() % alignment)
                            .as("address modulo %s", alignment)
                            .isZero();
                    chunk.memory().fill((byte) 1); // all of it can be written
                }
            }
            session.close();
        }
    }

    @Test
    void mustGiveChunksThatDoNotOverlapWhateverComesBackMeanwhile() {
        for (Session session : plainAndOpened()) {
            Random random = new Random(42);
            List<Chunk> chunks = new ArrayList<>();
            List<Byte> contents = new ArrayList<>();
            for (int i = 0; i < 20 * MANY; i++) {
                if (chunks.size() < MANY) {
                    Chunk chunk = take(session, 1 + random.nextInt(1 << 18), 1L << random.nextInt(18));
                    byte content = (byte) i;
                    chunk.memory().fill(content);
                    chunks.add(chunk);
                    contents.add(content);
                } else {
                    int victim = random.nextInt(MANY);
                    requireFilled(chunks.get(victim), contents.get(victim));
                    chunks.remove(victim).close();
                    contents.remove(victim);
                }
            }
            for (int i = 0; i < chunks.size(); i++) {
                requireFilled(chunks.get(i), contents.get(i));
            }
            chunks.forEach(Chunk::close);
            session.close();
        }
    }

    private static void requireFilled(Chunk chunk, byte content) {
        MemorySegment memory = chunk.memory();
        MemorySegment expected = MemorySegment.ofArray(new byte[Math.toIntExact(memory.byteSize())]);
        assertThat(memory.mismatch(expected.fill(content)))
                .as("first byte that another chunk changed")
                .isEqualTo(-1);
    }

    @Test
    void mustLetAnyThreadUseTheMemory() throws Exception {
        for (Session session : plainAndOpened()) {
            try (Chunk chunk = take(session, 64, 8)) {
                Thread other = Thread.ofPlatform().start(() -> chunk.memory().set(ValueLayout.JAVA_LONG, 0, 42));
                other.join();

                assertThat(chunk.memory().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
            }
            session.close();
        }
    }

    @Test
    void mustSayByNullThatThereIsNoMemory() {
        for (Session session : plainAndOpened()) {
            assertThat(session.take(1L << 61, 4096)).isNull();
            assertThat(session.take(Long.MAX_VALUE, 1)).isNull();
            assertThat(session.take(Long.MAX_VALUE - 4096, 4096)).isNull();
            assertThat(session.take(8, 1L << 62)).isNull();
            take(session, 64, 8).close(); // it still works
            session.close();
        }
    }

    @Test
    void mustRefuseWhatIsNoSizeOrAlignment() {
        for (Session session : plainAndOpened()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.take(0, 8))
                    .withMessageContaining("byteSize");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.take(-1, 8))
                    .withMessageContaining("-1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> session.take(8, 3))
                    .withMessageContaining("3");
            session.close();
        }
    }

    @Test
    void mustTellWhatAChunkTakesBeforeAndWhileItIsOut() {
        for (Session session : plainAndOpened()) {
            for (long byteSize : new long[] {1, 4096, 4097, 1 << 20}) {
                for (long byteAlignment : new long[] {1, 64, 4096, 1 << 20}) {
                    long told = source().takenBytes(byteSize, byteAlignment);
                    try (Chunk chunk = take(session, byteSize, byteAlignment)) {
                        assertThat(chunk.takenBytes())
                                .as("%s bytes, aligned to %s", byteSize, byteAlignment)
                                .isEqualTo(told)
                                .isGreaterThanOrEqualTo(byteSize);
                    }
                }
            }
            session.close();
        }
        assertThat(source().takenBytes(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void mustLeaveChunksThatAreOutAloneWhenItIsTrimmed() {
        for (Session session : plainAndOpened()) {
            try (Chunk out = take(session, 8192, 8)) {
                out.memory().fill((byte) 5);
                take(session, 8192, 8).close();

                session.trim();
                session.trim();

                requireFilled(out, (byte) 5);
                Chunk next = take(session, 8192, 8);
                next.memory().fill((byte) 6);
                requireFilled(out, (byte) 5);
                next.close();
            }
            session.close();
        }
    }

    @Test
    void mustThrowOnAccessOnceAChunkWithoutASessionIsClosed() {
        Chunk chunk = take(plain(), 64, 8);
        MemorySegment memory = chunk.memory();

        chunk.close();

        assertThatIllegalStateException().isThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void mustThrowOnAccessOnceSessionAndChunkAreClosed() {
        Session session = source().open();
        Chunk closedBefore = take(session, 64, 8);
        Chunk closedAfter = take(session, 64, 8);

        closedBefore.close();
        session.close();
        closedAfter.close();

        for (Chunk chunk : List.of(closedBefore, closedAfter)) {
            assertThatIllegalStateException().isThrownBy(() -> chunk.memory().get(ValueLayout.JAVA_BYTE, 0));
        }
        assertThatCode(session::close).doesNotThrowAnyException();
    }

    @Test
    void mustKeepSessionsApart() {
        Session closed = source().open();
        Session open = source().open();
        Chunk other = take(closed, 4096, 8);
        Chunk chunk = take(open, 4096, 8);
        chunk.memory().fill((byte) 7);

        closed.close();
        other.close();

        requireFilled(chunk, (byte) 7);
        Chunk next = take(open, 4096, 8);
        next.memory().fill((byte) 8);
        requireFilled(chunk, (byte) 7);
        open.close();
        chunk.close();
        next.close();
    }

    @Test
    void mustGiveBackOnceWhenManyThreadsClose() {
        for (Session session : plainAndOpened()) {
            for (int round = 0; round < 50; round++) {
                Chunk chunk = take(session, 4096, 8);
                Race.run(Collections.nCopies(4, chunk::close));
            }
            List<Chunk> chunks = new ArrayList<>();
            for (int i = 0; i < MANY; i++) { // if one was given back twice, two of these are the same memory
                Chunk chunk = take(session, 4096, 8);
                chunk.memory().fill((byte) i);
                chunks.add(chunk);
            }
            for (int i = 0; i < MANY; i++) {
                requireFilled(chunks.get(i), (byte) i);
                chunks.get(i).close();
            }
            session.close();
        }
    }

    /** Closes as an allocator does, when qsort calls it. */
    private record CloseWhenCalled(Session session, Chunk chunk, List<IllegalStateException> refusals) {

        @SuppressWarnings("UnusedMethod") // called by qsort
        int compare() {
            try {
                session.close();
                chunk.close();
            } catch (IllegalStateException e) {
                refusals.add(e);
            }
            return 0;
        }
    }

    @Test
    @SuppressWarnings("restricted")
    void mustStayOpenWhileAForeignCallUsesTheMemory() throws Throwable {
        Assumptions.assumeTrue(getClass().getModule().isNativeAccessEnabled(), "native access is not enabled");
        for (Session session : plainAndOpened()) {
            Chunk chunk = take(session, 16, 8);
            CloseWhenCalled closing = new CloseWhenCalled(session, chunk, new ArrayList<>());
            sort(chunk.memory(), closing);

            assertThat(closing.refusals).isNotEmpty();
            assertThat(chunk.memory().scope().isAlive()).isTrue();
            session.close();
            chunk.close();
            assertThat(chunk.memory().scope().isAlive()).isFalse();
        }
    }

    @SuppressWarnings("restricted")
    private static void sort(MemorySegment twoLongs, CloseWhenCalled closing) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle compare = MethodHandles.dropArguments(
                MethodHandles.lookup().bind(closing, "compare", MethodType.methodType(int.class)),
                0,
                MemorySegment.class,
                MemorySegment.class);
        try (Arena arena = Arena.ofConfined()) {
            // SAFETY: the signatures are those of qsort and its comparator in C's stdlib.h.
            MethodHandle qsort = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("qsort"),
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
            MemorySegment comparator = linker.upcallStub(
                    compare,
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                    arena);
            qsort.invokeExact(twoLongs, 2L, 8L, comparator);
        }
    }

    @Test
    void mustServeManyThreads() {
        for (Session session : plainAndOpened()) {
            List<Race.Task> tasks = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                byte content = (byte) thread;
                tasks.add(() -> churn(session, content));
            }
            Race.run(tasks);
            session.close();
        }
    }

    private static void churn(Session session, byte content) {
        Random random = new Random(content);
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < 10 * MANY; i++) {
            if (chunks.size() < 8) {
                Chunk chunk = take(session, 1 + random.nextInt(1 << 16), 16);
                chunk.memory().fill(content);
                chunks.add(chunk);
            } else {
                Chunk chunk = chunks.remove(random.nextInt(8));
                requireFilled(chunk, content);
                chunk.close();
            }
        }
        chunks.forEach(Chunk::close);
    }
}
