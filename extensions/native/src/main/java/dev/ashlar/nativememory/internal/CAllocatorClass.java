package dev.ashlar.nativememory.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.ProviderException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The class of the allocators of one library, for one kind of downcalls: a hidden copy of {@link CAllocatorCalls}. It
 * is defined once for the process, so all its allocators share what the compiler makes of it.
 *
 * @param constructor makes an allocator
 * @param figures reads the figures of the library
 */
record CAllocatorClass(MethodHandle constructor, LibraryFigures figures) {

    private static final Map<Key, CAllocatorClass> DEFINED = new ConcurrentHashMap<>();

    private static final MethodType CONSTRUCTOR = MethodType.methodType(void.class, String.class, LibraryFigures.class);

    private record Key(CLibrary library, String file, Downcalls downcalls) {}

    /**
     * The class of a library, which is loaded if it was not before.
     *
     * @param file the library's path or file name, or an empty text for the usual file names
     * @throws ProviderException if the library cannot be loaded
     */
    static CAllocatorClass of(CLibrary library, String file, Downcalls downcalls) {
        return DEFINED.computeIfAbsent(new Key(library, file, downcalls), _ -> {
            CFunctions functions = library.open(file);
            return new CAllocatorClass(
                    define(CCalls.link(functions, downcalls)), library.reader().apply(functions));
        });
    }

    private static MethodHandle define(CCalls calls) {
        try (InputStream template = CAllocatorClass.class.getResourceAsStream("CAllocatorCalls.class")) {
            byte[] bytes =
                    Objects.requireNonNull(template, "CAllocatorCalls.class").readAllBytes();
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClassWithClassData(bytes, calls, true);
            return hidden.findConstructor(hidden.lookupClass(), CONSTRUCTOR)
                    .asType(CONSTRUCTOR.changeReturnType(CAllocator.class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("CAllocatorCalls has no such constructor", e);
        }
    }

    /** Makes an allocator. */
    Allocator newAllocator(String name) {
        try {
            return (CAllocator) constructor.invokeExact(name, figures);
        } catch (Throwable e) {
            throw new AssertionError("The constructor threw", e);
        }
    }
}
