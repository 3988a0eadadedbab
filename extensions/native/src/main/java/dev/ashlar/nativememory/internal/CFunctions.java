package dev.ashlar.nativememory.internal;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The functions of a C library that was loaded.
 *
 * @param prefix what stands before the names of C, such as {@code mi_}
 * @param symbols finds functions by their complete names
 */
record CFunctions(String prefix, SymbolLookup symbols) {

    /**
     * A function that every build of the library has.
     *
     * @param name without the prefix
     */
    MethodHandle require(String name, FunctionDescriptor signature, Linker.Option... options) {
        return link(symbols.findOrThrow(prefix + name), signature, options);
    }

    /**
     * A function that not every system has.
     *
     * @param name without the prefix
     */
    Optional<MethodHandle> find(String name, FunctionDescriptor signature) {
        return symbols.find(prefix + name).map(function -> link(function, signature));
    }

    /** The name of the function with the parameters of {@code aligned_alloc}, which older libraries do not have. */
    String alignedName() {
        String standard = "aligned_alloc";
        return symbols.find(prefix + standard).isPresent() ? standard : "memalign";
    }

    @SuppressWarnings("restricted")
    static MethodHandle link(MemorySegment function, FunctionDescriptor signature, Linker.Option... options) {
        // SAFETY: callers give the signature of the function's header, for 64-bit systems.
        return Linker.nativeLinker().downcallHandle(function, signature, options);
    }
}
