package dev.ashlar.nativememory.internal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The three functions of a C library that allocate and free, as downcalls. Small blocks may have critical ones, which
 * are faster because the thread does not change its state. A garbage collection waits until a critical call ends.
 *
 * @param largestSmall the largest block in bytes with critical calls, -1 for none
 */
record CCalls(
        MethodHandle allocateSmall,
        MethodHandle alignSmall,
        MethodHandle freeSmall,
        MethodHandle allocate,
        MethodHandle align,
        MethodHandle free,
        long largestSmall) {

    /**
     * The largest block in bytes for critical calls. jemalloc serves blocks up to this size from a cache of the thread
     * by default, and the other libraries serve larger ones too. So nearly every call ends without a lock or the
     * kernel. A call that fills or empties the cache may take both.
     */
    static final long LARGEST_CRITICAL = 32 * 1024;

    private static final FunctionDescriptor ALLOCATE =
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    private static final FunctionDescriptor ALIGN =
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    private static final FunctionDescriptor FREE = FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG);

    /** Links the functions of a library. */
    static CCalls link(CFunctions functions, Downcalls downcalls) {
        boolean isCritical = downcalls == Downcalls.CRITICAL;
        Linker.Option[] small = isCritical ? new Linker.Option[] {Linker.Option.critical(false)} : new Linker.Option[0];
        return new CCalls(
                functions.require("malloc", ALLOCATE, small),
                functions.require(functions.alignedName(), ALIGN, small),
                functions.require("free", FREE, small),
                functions.require("malloc", ALLOCATE),
                functions.require(functions.alignedName(), ALIGN),
                functions.require("free", FREE),
                isCritical ? LARGEST_CRITICAL : -1);
    }
}
