package dev.ashlar.replay;

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
 * The C library's malloc through plain downcalls of the linker: what a Java program can use without an allocator
 * library. A request above malloc's own alignment goes to {@code aligned_alloc}.
 *
 * <p>Needs {@linkplain NativeAccess native access}; a free of anything but a live block ends the process.
 */
final class Malloc implements Allocator, AddressAllocator {

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
    public Allocator allocator() {
        return this;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        long address = tryAllocateAddress(byteSize, byteAlignment);
        return address == NULL ? null : blockAt(address, byteSize);
    }

    @Override
    public void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return Refusal.sourceExhausted("malloc", byteSize, byteAlignment, 0);
    }

    /** {@inheritDoc} Malloc knows no single blocks. */
    @Override
    public boolean isLive(long address) {
        return address != NULL;
    }

    @Override
    public MemorySegment blockAt(long address, long byteSize) {
        return NativeAccess.everything().asSlice(address, byteSize);
    }

    /** {@inheritDoc} {@link MallocBooks} have figures. */
    @Override
    public AllocatorStats stats() {
        return AllocatorStats.ZERO;
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    /** {@inheritDoc} Nothing is closed, because malloc belongs to the process. */
    @Override
    public void close() {}

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
