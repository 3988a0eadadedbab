package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.spi.MemorySource.Chunk;
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
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The source that is always available. */
class JdkMemorySourceTest {

    private final MemorySource source = new JdkMemorySource();

    private Chunk take(long byteSize, long byteAlignment) {
        Chunk chunk = source.take(byteSize, byteAlignment);
        assertThat(chunk).isNotNull();
        return chunk;
    }

    @Test
    void mustGiveExactlyTheSizeAtTheAlignment() {
        for (long alignment = 1; alignment <= 1 << 22; alignment *= 2) {
            try (Chunk chunk = take(4096 + 24, alignment)) {
                assertThat(chunk.memory().byteSize()).isEqualTo(4120);
                assertThat(chunk.memory().address() % alignment).isZero();
            }
        }
    }

    /** The bytes that the JDK requests from malloc, compared with native memory tracking. */
    @Test
    void mustTellWhatAChunkTakesWithPadding() {
        for (long byteSize : new long[] {1, 8, 4096, 4099, 1 << 20}) {
            long rounded = (byteSize + 7) / 8 * 8;
            assertTaken(byteSize, 1, rounded);
            assertTaken(byteSize, 16, rounded);
            assertTaken(byteSize, 32, rounded + 16);
            assertTaken(byteSize, 4096, rounded + 4080);
            assertTaken(byteSize, 1 << 20, rounded + (1 << 20) - 16);
        }
        assertThat(source.takenBytes(1L << 62, 1L << 62)).isEqualTo(Long.MAX_VALUE - 15);
        assertThat(source.takenBytes((1L << 62) + 8, 1L << 62)).isEqualTo(Long.MAX_VALUE);
        assertThat(source.takenBytes(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
    }

    private void assertTaken(long byteSize, long byteAlignment, long takenBytes) {
        assertThat(source.takenBytes(byteSize, byteAlignment))
                .as("%d bytes aligned to %d", byteSize, byteAlignment)
                .isEqualTo(takenBytes);
        try (Chunk chunk = take(byteSize, byteAlignment)) {
            assertThat(chunk.takenBytes()).isEqualTo(takenBytes);
        }
    }

    @Test
    void mustLetAnyThreadUseTheMemory() throws Exception {
        try (Chunk chunk = take(64, 8)) {
            Thread other = Thread.ofPlatform().start(() -> chunk.memory().set(ValueLayout.JAVA_LONG, 0, 42));
            other.join();

            assertThat(chunk.memory().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
        }
    }

    @Test
    void mustSayByNullThatThereIsNoMemory() {
        assertThat(source.take(1L << 61, 4096)).isNull();
        assertThat(source.take(Long.MAX_VALUE, 1)).isNull();
        assertThat(source.take(Long.MAX_VALUE - 4096, 4096)).isNull();
        assertThat(source.take(8, 1L << 62)).isNull();
    }

    @Test
    void mustRefuseWhatIsNoSizeOrAlignment() {
        assertThatIllegalArgumentException().isThrownBy(() -> source.take(0, 8)).withMessageContaining("byteSize");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> source.take(-1, 8))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> source.take(8, 3)).withMessageContaining("3");
    }

    @Test
    void mustThrowOnAccessAfterClose() {
        Chunk chunk = take(64, 8);
        MemorySegment memory = chunk.memory();

        chunk.close();

        assertThatIllegalStateException().isThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0));
        assertThatCode(chunk::close).doesNotThrowAnyException();
    }

    @Test
    void mustGiveBackOnceWhenManyThreadsClose() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 50; round++) {
                Chunk chunk = take(4096, 8);
                Callable<Void> close = () -> {
                    chunk.close();
                    return null;
                };
                List<Callable<Void>> closes = Collections.nCopies(4, close);
                for (Future<Void> closed : threads.invokeAll(closes)) {
                    closed.get(); // throws what close threw
                }
                assertThat(chunk.memory().scope().isAlive()).isFalse();
            }
        }
    }

    /** Used as the comparator of qsort. */
    private record CloseWhenCalled(Chunk chunk, List<IllegalStateException> refusals) {

        @SuppressWarnings("UnusedMethod") // called by qsort
        int compare() {
            try {
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
        Linker linker = Linker.nativeLinker();
        Chunk chunk = take(16, 8);
        CloseWhenCalled closing = new CloseWhenCalled(chunk, new ArrayList<>());
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

            qsort.invokeExact(chunk.memory(), 2L, 8L, comparator);
        }

        assertThat(closing.refusals).isNotEmpty();
        assertThat(chunk.memory().scope().isAlive()).isTrue();
        chunk.close();
        assertThat(chunk.memory().scope().isAlive()).isFalse();
    }
}
