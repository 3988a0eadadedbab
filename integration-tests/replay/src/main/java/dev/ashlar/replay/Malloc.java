package dev.ashlar.replay;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Refusal;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's malloc through plain downcalls of the linker: what a Java program has without an allocator of its
 * own. A request above malloc's own alignment goes to {@code aligned_alloc}.
 *
 * <p>Needs {@linkplain NativeAccess native access}; a free of anything but a live block ends the process.
 */
final class Malloc implements AddressAllocator {

    /** What malloc promises: the alignment of C's max_align_t on 64-bit machines. */
    private static final long MALLOC_ALIGNMENT = 16;

    private static final MethodHandle MALLOC =
            downcall("malloc", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle ALIGNED_ALLOC = downcall(
            "aligned_alloc",
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = downcall("free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

    @SuppressWarnings("restricted")
    private static MethodHandle downcall(String function, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        // SAFETY: the descriptors are those of the C standard, with size_t and pointers as 64-bit integers.
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        if (address == NULL) {
            throw new AllocationException(Refusal.sourceExhausted("malloc", byteSize, 1, 0));
        }
        return address;
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        try {
            if (byteAlignment <= MALLOC_ALIGNMENT) {
                return (long) MALLOC.invokeExact(byteSize);
            }
            long rounded = (byteSize + byteAlignment - 1) & -byteAlignment; // C asks for a multiple of the alignment
            return (long) ALIGNED_ALLOC.invokeExact(byteAlignment, rounded);
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
