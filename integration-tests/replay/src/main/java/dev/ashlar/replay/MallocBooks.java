package dev.ashlar.replay;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The figures of glibc's {@code mallinfo2}: how much the heap of the whole process has grown since this was opened.
 * That includes memory that the JVM takes from malloc meanwhile, so it can be too high by the memory of a compiler
 * thread. It means nothing after another replay in this process, because malloc uses its freed memory again. With other
 * C libraries the figure is unknown.
 */
final class MallocBooks implements Books {

    /** {@code struct mallinfo2}: ten {@code size_t}. */
    private static final MemoryLayout INFO = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG).withName("fields"));

    /** Bytes in heaps, taken by sbrk or mmap. */
    private static final long ARENA = 0;

    /** Bytes in blocks that have a mapping of their own. */
    private static final long HBLKHD = 4;

    private static final @Nullable MethodHandle MALLINFO2 = find("mallinfo2", FunctionDescriptor.of(INFO));

    private static final @Nullable MethodHandle MALLOC_TRIM =
            find("malloc_trim", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));

    private final boolean known;
    private final long before;
    private long peak;

    /**
     * Starts to count.
     *
     * @param alone whether nothing else is replayed in this process
     */
    MallocBooks(boolean alone) {
        this.known = alone && MALLINFO2 != null;
        this.before = known ? committed() : 0;
    }

    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle find(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptors are glibc's; functions of these names exist nowhere else.
        return linker.defaultLookup()
                .find(function)
                .map(found -> linker.downcallHandle(found, descriptor))
                .orElse(null);
    }

    private static long committed() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info =
                    (MemorySegment) Objects.requireNonNull(MALLINFO2).invokeExact((SegmentAllocator) arena);
            return info.getAtIndex(ValueLayout.JAVA_LONG, ARENA) + info.getAtIndex(ValueLayout.JAVA_LONG, HBLKHD);
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }

    @Override
    public void watch() {
        if (known) {
            peak = Math.max(peak, committed() - before);
        }
    }

    @Override
    public Figures figures() {
        watch();
        return known ? new Figures(peak, null, null, null, null, null, null) : Figures.NONE;
    }

    /** Gives free pages back, so that the next run must take its memory again, like a fresh allocator. */
    @Override
    public void finish() {
        if (MALLOC_TRIM != null) {
            try {
                int _ = (int) MALLOC_TRIM.invokeExact(0L);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }
}
