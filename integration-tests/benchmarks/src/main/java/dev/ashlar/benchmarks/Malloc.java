package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The C library's malloc and free, called by the linker's downcalls. Each handle is a constant of a class of its own,
 * so that the compiler can inline it.
 */
public abstract class Malloc implements Allocator, AddressAllocator {

    /** Plain calls: the thread changes its state when it enters and leaves native code. */
    public static final Malloc PLAIN = new Plain();

    /** Critical calls, without that change. A safepoint waits for the call to end, and malloc may call the kernel. */
    static final Malloc CRITICAL = new Critical();

    private Malloc() {}

    @SuppressWarnings("restricted")
    private static MethodHandle mallocHandle(Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptor is that of the C standard, with size_t and the pointer as 64-bit integers.
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("malloc"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                options);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle freeHandle(Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptor is that of the C standard, with the pointer as a 64-bit integer.
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), options);
    }

    @Override
    public final Allocator allocator() {
        return this;
    }

    @Override
    public final @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        return address == NULL ? null : blockAt(address, byteSize);
    }

    @Override
    public final void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public final Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.sourceExhausted("malloc", byteSize, byteAlignment, 0);
    }

    /** {@inheritDoc} Malloc does not know, so this is true for every address. */
    @Override
    public final boolean isLive(long address) {
        return address != NULL;
    }

    @Override
    public final MemorySegment blockAt(long address, long byteSize) {
        return FirstByte.MEMORY.asSlice(address, byteSize);
    }

    @Override
    public final AllocatorStats stats() {
        return AllocatorStats.ZERO;
    }

    @Override
    public final boolean isClosed() {
        return false;
    }

    @Override
    public final void close() {}

    private static final class Plain extends Malloc {

        private static final MethodHandle MALLOC = mallocHandle();
        private static final MethodHandle FREE = freeHandle();

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            try {
                return (long) MALLOC.invokeExact(byteSize);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            try {
                FREE.invokeExact(address);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }

    private static final class Critical extends Malloc {

        private static final MethodHandle MALLOC = mallocHandle(Linker.Option.critical(false));
        private static final MethodHandle FREE = freeHandle(Linker.Option.critical(false));

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            try {
                return (long) MALLOC.invokeExact(byteSize);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            try {
                FREE.invokeExact(address);
            } catch (Throwable e) {
                throw new AssertionError("A downcall threw", e);
            }
        }
    }
}
