package dev.ashlar.nativememory.internal;

import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/**
 * The calls of a {@link CAllocator}. This class is never used itself. {@link CAllocatorClass} defines it again, as a
 * hidden class, for each library. So the handles of each library are constants of a class, and the compiler inlines
 * them, as if each library had a class in the source.
 */
final class CAllocatorCalls extends CAllocator {

    private static final CCalls CALLS = ofThisClass();

    private static final MethodHandle ALLOCATE_SMALL = CALLS.allocateSmall();
    private static final MethodHandle ALIGN_SMALL = CALLS.alignSmall();
    private static final MethodHandle FREE_SMALL = CALLS.freeSmall();
    private static final MethodHandle ALLOCATE = CALLS.allocate();
    private static final MethodHandle ALIGN = CALLS.align();
    private static final MethodHandle FREE = CALLS.free();
    private static final long LARGEST_SMALL = CALLS.largestSmall();

    CAllocatorCalls(String name, LibraryFigures figures) {
        super(name, figures);
    }

    private static CCalls ofThisClass() {
        try {
            return MethodHandles.classData(MethodHandles.lookup(), ConstantDescs.DEFAULT_NAME, CCalls.class);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e); // a lookup of the class itself has access
        }
    }

    @Override
    long call(long byteSize) {
        try {
            return byteSize <= LARGEST_SMALL
                    ? (long) ALLOCATE_SMALL.invokeExact(byteSize)
                    : (long) ALLOCATE.invokeExact(byteSize);
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }

    @Override
    long callAligned(long byteAlignment, long byteSize) {
        try {
            return byteSize <= LARGEST_SMALL
                    ? (long) ALIGN_SMALL.invokeExact(byteAlignment, byteSize)
                    : (long) ALIGN.invokeExact(byteAlignment, byteSize);
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }

    @Override
    void callFree(long address, long byteSize) {
        try {
            if (byteSize <= LARGEST_SMALL) {
                FREE_SMALL.invokeExact(address);
            } else {
                FREE.invokeExact(address);
            }
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }
}
