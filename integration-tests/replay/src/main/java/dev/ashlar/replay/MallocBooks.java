package dev.ashlar.replay;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * What glibc's {@code mallinfo2} says of malloc: how much the heap of the whole process has grown since these books were
 * opened. That includes what the JVM takes from malloc meanwhile, so it is a figure within some per cent, and it tells
 * nothing once anything else was replayed in this process, whose freed memory malloc uses again. Other C libraries have no
 * such function; there the figure is unknown.
 */
final class MallocBooks implements Books {

    /** {@code struct mallinfo2}: ten {@code size_t}. */
    private static final MemoryLayout INFO = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG).withName("fields"));

    /** Bytes in heaps, taken by sbrk or mmap. */
    private static final long ARENA = 0;

    /** Bytes in blocks that have a mapping of their own. */
    private static final long HBLKHD = 4;

    private static final @Nullable MethodHandle MALLINFO2 = mallinfo2();

    private final long before = committed();
    private long peak;

    @SuppressWarnings("restricted")
    private static @Nullable MethodHandle mallinfo2() {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptor is glibc's; a function of this name exists nowhere else.
        return linker.defaultLookup()
                .find("mallinfo2")
                .map(function -> linker.downcallHandle(function, FunctionDescriptor.of(INFO)))
                .orElse(null);
    }

    private static long committed() {
        if (MALLINFO2 == null) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = (MemorySegment) MALLINFO2.invokeExact((SegmentAllocator) arena);
            return info.getAtIndex(ValueLayout.JAVA_LONG, ARENA) + info.getAtIndex(ValueLayout.JAVA_LONG, HBLKHD);
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }

    @Override
    public void watch() {
        peak = Math.max(peak, committed() - before);
    }

    @Override
    public Figures figures() {
        watch();
        return MALLINFO2 == null ? Figures.NONE : new Figures(peak, null, null, null, null, null, null);
    }
}
