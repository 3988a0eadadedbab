package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's malloc and free through downcalls of the linker. Handles are constants of a class each, as the
 * compiler wants them.
 */
abstract class Malloc implements AddressAllocator {

    /** As anybody would call it: the thread tells the JVM that it leaves for native code and comes back. */
    static final Malloc PLAIN = new Plain();

    /** Without that transition. A safepoint waits for the call to end, and malloc may go to the kernel. */
    static final Malloc CRITICAL = new Critical();

    private Malloc() {}

    @SuppressWarnings("restricted")
    private static MethodHandle malloc(Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptor is that of the C standard, with size_t and the pointer as 64-bit integers.
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("malloc"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                options);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle free(Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptor is that of the C standard, with the pointer as a 64-bit integer.
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), options);
    }

    @Override
    public final long allocateAddress(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        if (address == NULL) {
            throw new OutOfMemoryError("malloc has no " + byteSize + " bytes");
        }
        return address;
    }

    private static final class Plain extends Malloc {

        private static final MethodHandle MALLOC = malloc();
        private static final MethodHandle FREE = free();

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

        private static final MethodHandle MALLOC = malloc(Linker.Option.critical(false));
        private static final MethodHandle FREE = free(Linker.Option.critical(false));

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
