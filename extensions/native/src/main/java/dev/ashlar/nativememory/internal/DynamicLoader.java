package dev.ashlar.nativememory.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system's loader of libraries. It says why it cannot load one, which the JDK's lookup of libraries does not. A
 * library reads its settings from the environment when it is loaded, so they are set here too.
 */
final class DynamicLoader {

    /** RTLD_NOW, which is 2 on Linux and macOS. */
    private static final int NOW = 2;

    private DynamicLoader() {}

    /**
     * Tries again to load a library that could not be loaded.
     *
     * @return why it cannot be loaded, which names the file
     */
    static String reason(String file) {
        SymbolLookup symbols = Linker.nativeLinker().defaultLookup();
        // SAFETY: void *dlopen(const char *, int) and char *dlerror(void)
        MethodHandle dlopen = CFunctions.link(
                symbols.findOrThrow("dlopen"),
                FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        MethodHandle dlerror =
                CFunctions.link(symbols.findOrThrow("dlerror"), FunctionDescriptor.of(ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            long library = (long) dlopen.invokeExact(arena.allocateFrom(file), NOW);
            MemorySegment error = (MemorySegment) dlerror.invokeExact();
            return library != 0 || error.address() == 0 ? file + " cannot be loaded" : text(error);
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }

    /**
     * Sets a variable of this process's environment, if it is not set. No other native code may read or change the
     * environment at this moment.
     */
    static void setIfUnset(String variable, String value) {
        // SAFETY: int setenv(const char *, const char *, int), which copies both texts
        MethodHandle setenv = CFunctions.link(
                Linker.nativeLinker().defaultLookup().findOrThrow("setenv"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int overwrite = 0;
            int _ = (int) setenv.invokeExact(arena.allocateFrom(variable), arena.allocateFrom(value), overwrite);
        } catch (Throwable e) {
            throw new AssertionError("A downcall threw", e);
        }
    }

    @SuppressWarnings("restricted")
    private static String text(MemorySegment error) {
        // SAFETY: dlerror returns a text that ends with a zero. It is valid until the thread loads something again.
        return error.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
