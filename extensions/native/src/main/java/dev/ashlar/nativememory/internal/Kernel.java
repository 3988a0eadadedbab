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
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the operating system that memory is reserved, committed and released with: {@code mmap}, {@code munmap},
 * {@code mprotect}, {@code madvise} and {@code mlock} of Linux and macOS, and {@code mbind} of Linux.
 *
 * <p>Safe for use by many threads. Each call costs a system call. None is critical, because the kernel may block.
 */
final class Kernel {

    private static final int PROT_NONE = 0;

    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MADV_DONTNEED = 4;

    // Of Linux only.
    private static final int MAP_HUGETLB = 0x40000;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final int MADV_POPULATE_WRITE = 23;
    private static final long MBIND_OF_X86 = 237;
    private static final long MBIND_OF_ARM = 235;

    /** The widest mask of nodes that is passed to {@code mbind}, in bits. */
    static final int MOST_NODES = Long.SIZE;

    private static final long MAP_FAILED = -1;

    private static final StructLayout ERRNO = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_VALUE =
            ERRNO.varHandle(MemoryLayout.PathElement.groupElement("errno")).withInvokeExactBehavior();

    private final boolean isLinux;
    private final int anonymous;
    private final int noReserve;
    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle mprotect;
    private final MethodHandle madvise;
    private final MethodHandle mlock;
    private final MethodHandle munlock;
    private final MethodHandle syscall;
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
        munmap = handle("munmap", FunctionDescriptor.of(number, word, word));
        mprotect = handle("mprotect", FunctionDescriptor.of(number, word, word, number));
        madvise = handle("madvise", FunctionDescriptor.of(number, word, word, number));
        mlock = handle("mlock", FunctionDescriptor.of(number, word, word));
        munlock = handle("munlock", FunctionDescriptor.of(number, word, word));
        // mbind has no function in the C library: it is called by its number.
        syscall = handle(
                "syscall",
                FunctionDescriptor.of(word, word, word, word, number, word, word, number),
                Linker.Option.firstVariadicArg(1));
        pageSize = readPageSize();
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle(String name, FunctionDescriptor signature, Linker.Option... more) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] options = Arrays.copyOf(more, more.length + 1);
        options[more.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature, options);
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
            return address == MAP_FAILED ? 0 : address;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Ends a reservation that nobody uses. */
    void unreserve(long address, long byteSize) {
        int _ = call(munmap, address, byteSize);
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

    /**
     * Gives the memory behind committed pages back. They stay accessible, and are zero at the next access.
     *
     * @return 0, or the number of the error: then some pages may still have their memory
     */
    int release(long address, long byteSize) {
        // macOS keeps pages after MADV_DONTNEED; a new mapping in their place does not
        return isLinux ? advise(address, byteSize, MADV_DONTNEED) : mapAgain(address, byteSize);
    }

    /**
     * Replaces committed pages by new ones of the usual size, which are backed from their first access on.
     *
     * @return 0, or the number of the error
     */
    int mapAgain(long address, long byteSize) {
        return mapFixed(address, byteSize, noReserve);
    }

    /**
     * Replaces reserved or committed pages by huge ones of the kernel's pool, which are set aside at once and backed
     * from their first access on. Linux only.
     *
     * @param address a multiple of the size of a huge page, as is the size
     * @return false if the pool has too few; then the pages may not be accessible
     */
    boolean mapHuge(long address, long byteSize) {
        return mapFixed(address, byteSize, MAP_HUGETLB) == 0;
    }

    private int mapFixed(long address, long byteSize, int more) {
        int flags = MAP_PRIVATE | anonymous | MAP_FIXED | more;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ERRNO);
            // SAFETY: the range lies in a reservation of the caller, and nobody uses it.
            long mapped = (long) mmap.invokeExact(state, address, byteSize, PROT_READ_WRITE, flags, -1, 0L);
            return mapped == MAP_FAILED ? errno(state) : 0;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Allows or forbids huge pages where the kernel finds them fit. Linux only; a kernel without them ignores it. */
    void adviseHugePages(long address, long byteSize, boolean isAllowed) {
        int _ = advise(address, byteSize, isAllowed ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    }

    /**
     * Backs committed pages with memory.
     *
     * @return false if this kernel cannot do it in one call: then each page must be written to
     */
    boolean populate(long address, long byteSize) {
        return isLinux && advise(address, byteSize, MADV_POPULATE_WRITE) == 0;
    }

    /** Backs committed pages with memory by a write to each. Their contents are lost. */
    @SuppressWarnings("restricted")
    void touch(long address, long byteSize) {
        // SAFETY: the range lies in a reservation of the caller, and nobody uses it.
        MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(byteSize);
        for (long offset = 0; offset < byteSize; offset += pageSize) {
            memory.set(ValueLayout.JAVA_BYTE, offset, (byte) 0);
        }
    }

    private int advise(long address, long byteSize, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ERRNO);
            // SAFETY: the range lies in a reservation of the caller. Contents are lost only where nobody uses it.
            return (int) madvise.invokeExact(state, address, byteSize, advice) == 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Backs committed pages with memory and keeps them from being swapped out.
     *
     * @return 0, or the number of the error
     */
    int lock(long address, long byteSize) {
        return call(mlock, address, byteSize);
    }

    /**
     * Ends {@link #lock}.
     *
     * @return 0, or the number of the error
     */
    int unlock(long address, long byteSize) {
        return call(munlock, address, byteSize);
    }

    private static int call(MethodHandle function, long address, long byteSize) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ERRNO);
            // SAFETY: the range lies in a reservation of the caller.
            return (int) function.invokeExact(state, address, byteSize) == 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Chooses the nodes of the machine that pages come from. Linux on x86-64 and aarch64 only.
     *
     * @param mode the number of a policy of the kernel
     * @param nodes a bit for each node
     * @return 0, or the number of the error
     */
    int bind(long address, long byteSize, int mode, long nodes) {
        long number = System.getProperty("os.arch").equals("aarch64") ? MBIND_OF_ARM : MBIND_OF_X86;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(ERRNO);
            MemorySegment mask = arena.allocateFrom(ValueLayout.JAVA_LONG, nodes);
            // The kernel reads one bit less than it is told. Without nodes there must be no mask.
            long maskAddress = nodes == 0 ? 0 : mask.address();
            long bits = nodes == 0 ? 0 : MOST_NODES + 1;
            // SAFETY: the range lies in a reservation of the caller, and the mask lives until the call ends.
            long result = (long) syscall.invokeExact(state, number, address, byteSize, mode, maskAddress, bits, 0);
            return result == 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO_VALUE.get(state, 0L);
    }
}
