package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the source {@code jdk} does beyond the contract. The module of verification tests the contract. */
class JdkMemorySourceTest {

    private final MemorySource source = new JdkMemorySource();

    private Chunk take(long byteSize, long byteAlignment) {
        Chunk chunk = source.take(byteSize, byteAlignment);
        assertThat(chunk).isNotNull();
        return chunk;
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

    /** A comparator for qsort that closes a chunk. */
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
