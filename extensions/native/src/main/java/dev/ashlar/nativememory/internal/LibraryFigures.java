package dev.ashlar.nativememory.internal;

import dev.ashlar.api.AllocatorStats;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What a C library says of its memory in the whole process, and its way to return free memory to the system.
 *
 * <p>Safe for use by many threads. Each call costs some microseconds, and more if the library has much memory.
 */
interface LibraryFigures {

    /** The figures now: those that the library has, and 0 for the others. */
    AllocatorStats read();

    /** Returns the free memory that the library can return. */
    void release();

    /** The figures of the process's own C library: glibc has some, others have none. */
    static LibraryFigures ofProcess(CFunctions functions) {
        return functions
                .find("mallinfo2", FunctionDescriptor.of(Glibc.INFO))
                .<LibraryFigures>map(mallinfo2 -> new Glibc(
                        mallinfo2,
                        functions.require(
                                "malloc_trim", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))))
                .orElseGet(Unknown::new);
    }

    /** A library without figures. */
    record Unknown() implements LibraryFigures {

        @Override
        public AllocatorStats read() {
            return AllocatorStats.ZERO;
        }

        @Override
        public void release() {}
    }

    /** glibc, with what the JVM itself has from malloc. */
    record Glibc(MethodHandle mallinfo2, MethodHandle mallocTrim) implements LibraryFigures {

        /** {@code struct mallinfo2}: ten {@code size_t}. */
        static final MemoryLayout INFO = MemoryLayout.structLayout(
                MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG).withName("fields"));

        /** {@code arena}: bytes of heaps. */
        private static final long HEAPS = 0;

        /** {@code hblkhd}: bytes of blocks that have a mapping of their own. */
        private static final long MAPPED = 4;

        /** {@code uordblks}: bytes of live blocks in heaps. */
        private static final long LIVE = 7;

        @Override
        public AllocatorStats read() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment info = (MemorySegment) mallinfo2.invokeExact((SegmentAllocator) arena);
                long mapped = info.getAtIndex(ValueLayout.JAVA_LONG, MAPPED);
                return AllocatorStats.builder()
                        .allocatedBytes(info.getAtIndex(ValueLayout.JAVA_LONG, LIVE) + mapped)
                        .committedBytes(info.getAtIndex(ValueLayout.JAVA_LONG, HEAPS) + mapped)
                        .build();
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }

        @Override
        public void release() {
            try {
                int _ = (int) mallocTrim.invokeExact(0L);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }

    /** jemalloc, by {@code mallctl}. Committed are the pages that it has not returned. */
    final class Jemalloc implements LibraryFigures {

        /** Instead of the number of an arena: all of them. */
        private static final String PURGE_ALL = "arena.4096.purge";

        private final MethodHandle mallctl;

        Jemalloc(CFunctions functions) {
            mallctl = functions.require(
                    "mallctl",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG));
        }

        @Override
        public AllocatorStats read() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment epoch = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
                int _ = call(arena, "epoch", MemorySegment.NULL, epoch); // takes the figures of this moment
                return AllocatorStats.builder()
                        .allocatedBytes(read(arena, "stats.allocated"))
                        .committedBytes(read(arena, "stats.resident"))
                        .metadataBytes(read(arena, "stats.metadata"))
                        .build();
            }
        }

        private long read(Arena arena, String name) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            // A build without statistics has no such name.
            return call(arena, name, value, MemorySegment.NULL) == 0 ? value.get(ValueLayout.JAVA_LONG, 0) : 0;
        }

        @Override
        public void release() {
            try (Arena arena = Arena.ofConfined()) {
                int _ = call(arena, "thread.tcache.flush", MemorySegment.NULL, MemorySegment.NULL);
                int _ = call(arena, PURGE_ALL, MemorySegment.NULL, MemorySegment.NULL);
            }
        }

        private int call(Arena arena, String name, MemorySegment old, MemorySegment changed) {
            MemorySegment size = old.byteSize() == 0
                    ? MemorySegment.NULL
                    : arena.allocateFrom(ValueLayout.JAVA_LONG, old.byteSize());
            try {
                return (int) mallctl.invokeExact(arena.allocateFrom(name), old, size, changed, changed.byteSize());
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }

    /** mimalloc. It counts the memory that is accessible, which need not be resident, and no live blocks. */
    final class Mimalloc implements LibraryFigures {

        /** The {@code size_t} that {@code mi_process_info} writes; the sixth is what is committed now. */
        private static final int FIGURES = 8;

        private static final int CURRENT_COMMIT = 5;

        private final MethodHandle processInfo;
        private final MethodHandle collect;

        Mimalloc(CFunctions functions) {
            ValueLayout to = ValueLayout.ADDRESS;
            processInfo = functions.require("process_info", FunctionDescriptor.ofVoid(to, to, to, to, to, to, to, to));
            collect = functions.require("collect", FunctionDescriptor.ofVoid(ValueLayout.JAVA_BOOLEAN));
        }

        @Override
        public AllocatorStats read() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment all = arena.allocate(ValueLayout.JAVA_LONG, FIGURES);
                processInfo.invokeExact(
                        at(all, 0), at(all, 1), at(all, 2), at(all, 3), at(all, 4), at(all, 5), at(all, 6), at(all, 7));
                return AllocatorStats.builder()
                        .committedBytes(all.getAtIndex(ValueLayout.JAVA_LONG, CURRENT_COMMIT))
                        .build();
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }

        private static MemorySegment at(MemorySegment all, long index) {
            return all.asSlice(index * Long.BYTES, Long.BYTES);
        }

        @Override
        public void release() {
            try {
                collect.invokeExact(true);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }

    /** tcmalloc of gperftools. Committed are the pages that it has not returned. */
    final class Tcmalloc implements LibraryFigures {

        private final MethodHandle numericProperty;
        private final MethodHandle releaseFreeMemory;

        Tcmalloc(CFunctions functions) {
            CFunctions extension = new CFunctions("MallocExtension_", functions.symbols());
            numericProperty = extension.require(
                    "GetNumericProperty",
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
            releaseFreeMemory = extension.require("ReleaseFreeMemory", FunctionDescriptor.ofVoid());
        }

        @Override
        public AllocatorStats read() {
            long heap = read("generic.heap_size");
            return AllocatorStats.builder()
                    .allocatedBytes(read("generic.current_allocated_bytes"))
                    .committedBytes(heap - read("tcmalloc.pageheap_unmapped_bytes"))
                    .build();
        }

        private long read(String name) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
                int isKnown = (int) numericProperty.invokeExact(arena.allocateFrom(name), value);
                return isKnown == 0 ? 0 : value.get(ValueLayout.JAVA_LONG, 0);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }

        @Override
        public void release() {
            try {
                releaseFreeMemory.invokeExact();
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }
}
