package dev.ashlar.nativememory.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the operating system that memory is reserved, committed and released with: {@code mmap}, {@code
 * mprotect} and {@code madvise} of Linux and macOS.
 *
 * <p>Safe for use by many threads. Each call costs a system call. None is critical, because the kernel may block.
 */
final class Kernel {

    private static final int PROT_NONE = 0;

    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MADV_DONTNEED = 4;

    /** Linux only: no page of 2 MiB, because it would be resident whole when a byte of it is touched. */
    private static final int MADV_NOHUGEPAGE = 15;

    private static final long MAP_FAILED = -1;

    private static final StructLayout ERRNO = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_VALUE =
            ERRNO.varHandle(MemoryLayout.PathElement.groupElement("errno")).withInvokeExactBehavior();

    private final boolean isLinux;
    private final int anonymous;
    private final int noReserve;
    private final MethodHandle mmap;
    private final MethodHandle mprotect;
    private final MethodHandle madvise;
    private final long pageSize;

    @SuppressWarnings("restricted")
    private Kernel(boolean isLinux) {
        this.isLinux = isLinux;
        anonymous = isLinux ? 0x20 : 0x1000;
        noReserve = isLinux ? 0x4000 : 0x40;
        // SAFETY: the signatures are those of the POSIX functions on 64-bit systems, where size_t and off_t are longs.
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        ValueLayout.OfInt number = ValueLayout.JAVA_INT;
        mmap = handle("mmap", FunctionDescriptor.of(word, word, word, number, number, number, word));
        mprotect = handle("mprotect", FunctionDescriptor.of(number, word, word, number));
        madvise = handle("madvise", FunctionDescriptor.of(number, word, word, number));
        pageSize = readPageSize();
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), signature, Linker.Option.captureCallState("errno"));
    }

    /**
     * The calls of this machine.
     *
     * @throws UnsupportedOperationException as {@link #requireUsable} does
     */
    static Kernel require() {
        requireUsable();
        return new Kernel(isLinux());
    }

    static boolean isLinux() {
        return system().startsWith("linux");
    }

    private static String system() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT);
    }

    /**
     * Makes sure that the calls can be made here.
     *
     * @throws UnsupportedOperationException if native access is not enabled, or this is another operating system or
     *     machine. The message says what to do
     */
    static void requireUsable() {
        String objection = objection();
        if (objection != null) {
            throw new UnsupportedOperationException(objection);
        }
    }

    /** Why functions of C cannot be called here and what to do, or null if they can be. */
    static @Nullable String objection() {
        Module module = Kernel.class.getModule();
        if (!module.isNativeAccessEnabled()) {
            return "needs native access. Start Java with --enable-native-access="
                    + (module.isNamed() ? module.getName() : "ALL-UNNAMED")
                    + (module.isNamed() ? "" : ", or put Enable-Native-Access: ALL-UNNAMED into your jar's manifest");
        }
        boolean is64Bit = ValueLayout.ADDRESS.byteSize() == Long.BYTES;
        return is64Bit && (isLinux() || system().startsWith("mac"))
                ? null
                : "works on 64-bit Linux and macOS, and this is " + system() + " on " + System.getProperty("os.arch")
                        + ". Use the source 'jdk' and a strategy such as 'slab'";
    }

    @SuppressWarnings("restricted")
    private static long readPageSize() {
        Linker linker = Linker.nativeLinker();
        // SAFETY: int getpagesize(void)
        MethodHandle getpagesize = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("getpagesize"), FunctionDescriptor.of(ValueLayout.JAVA_INT));
        try {
            return (int) getpagesize.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e); // a downcall throws nothing of its own
        }
    }

    /** What all addresses and sizes are multiples of, in bytes. */
    long pageSize() {
        return pageSize;
    }

    /**
     * Reserves address space, which is not backed by memory and cannot be accessed before it is {@link #commit
     * committed}.
     *
     * @param byteSize whole pages
     * @return the address, or 0 if the kernel gives none
     */
    long reserve(long byteSize) {
        int flags = MAP_PRIVATE | anonymous | noReserve;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ERRNO);
            // SAFETY: the kernel chooses an address where nothing is.
            long address = (long) mmap.invokeExact(state, 0L, byteSize, PROT_NONE, flags, -1, 0L);
            if (address == MAP_FAILED) {
                return 0;
            }
            if (isLinux) {
                // A kernel without huge pages refuses, which is as good.
                int _ = (int) madvise.invokeExact(state, address, byteSize, MADV_NOHUGEPAGE);
            }
            return address;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Makes reserved pages accessible. They are backed by memory, which is zero, from their first access on.
     *
     * @return false if the kernel refuses, for want of memory
     */
    boolean commit(long address, long byteSize) {
        try (Arena arena = Arena.ofConfined()) {
            // SAFETY: the range lies in a reservation of the caller.
            return (int) mprotect.invokeExact(arena.allocate(ERRNO), address, byteSize, PROT_READ_WRITE) == 0;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Gives the memory behind committed pages back. They stay accessible, and are zero at the next access. */
    void release(long address, long byteSize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ERRNO);
            // SAFETY: the range lies in a reservation of the caller, and nobody uses it.
            if (isLinux) {
                int result = (int) madvise.invokeExact(state, address, byteSize, MADV_DONTNEED);
                require(result == 0, "madvise", state);
            } else { // macOS keeps pages after MADV_DONTNEED; a new mapping in their place does not
                int flags = MAP_PRIVATE | anonymous | noReserve | MAP_FIXED;
                long mapped = (long) mmap.invokeExact(state, address, byteSize, PROT_READ_WRITE, flags, -1, 0L);
                require(mapped == address, "mmap", state);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void require(boolean isDone, String call, MemorySegment state) {
        if (!isDone) {
            throw new IllegalStateException(call + " failed with errno " + (int) ERRNO_VALUE.get(state, 0L));
        }
    }
}
