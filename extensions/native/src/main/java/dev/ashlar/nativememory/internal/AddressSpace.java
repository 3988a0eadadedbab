package dev.ashlar.nativememory.internal;

import dev.ashlar.nativememory.internal.FreeRanges.Range;
import dev.ashlar.spi.support.HousekeepingThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Address space of the process from which sessions take their chunks: one for each set of {@link PageOptions}.
 *
 * <h2>Design</h2>
 *
 * <p>Address space is reserved in few large pieces. The first has 1 GiB, each further one twice as much, up to 64 GiB.
 * Where the kernel gives less, because the process is limited, half is asked for, and so on. The pages of a piece are
 * made accessible from its start in steps, so that the kernel has two mappings for it, however many chunks there are.
 * Pieces stay reserved as long as the process runs; that costs no memory.
 *
 * <p>A free page is <em>clean</em>, with no memory behind it, or <em>dirty</em>. Pages whose memory the kernel refuses
 * to release count as clean, so that they are served again and not tried again at each release. Chunks are cut from
 * dirty pages first, because these cost neither a page fault nor zeros.
 *
 * <p>Some dirty pages are kept. While there are more, a pass comes after each second. It gives to the kernel as many of
 * them as were dirty all the time since the pass before: nobody needed that many. So what a load takes and returns
 * again and again stays dirty, and what it no longer needs goes back within two seconds. The longest ranges go first,
 * so that system calls are few and each does much. It is the low-water mark by which TCMalloc shrinks the caches of
 * threads (Ghemawat and Menage, "TCMalloc: Thread-Caching Malloc").
 *
 * <h2>Concurrency</h2>
 *
 * <p>For any thread. One lock is held while a chunk is taken or given back. Pages are released without it, in portions.
 * They are then in neither set, so no thread can take them.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>No page is clean and dirty. A page that is neither is in one chunk, or is being released, or is in a piece that
 *       is not accessible yet, or was lost because the kernel could not map it again.
 *   <li>A pass is due when more than {@code keptPages} are dirty and no thread is in here.
 *   <li>At least {@code fewestDirty} pages have been dirty since the pass before.
 * </ul>
 */
final class AddressSpace {

    private static final long FIRST_PIECE = 1L << 30;
    private static final long LARGEST_PIECE = 64L << 30;

    /** Pages are made accessible in steps of so many bytes: it costs no memory, and saves system calls. */
    private static final long STEP = 16L << 20;

    /** What is released with one system call at most, in bytes: some milliseconds. */
    private static final long PORTION = 64L << 20;

    /** The time between two passes, in which a load is expected to use again what it needs. */
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** Address space that was reserved at once. */
    record Piece(long address, long byteSize) {}

    private final Pages kernel;
    private final long pageSize;
    private final long keptPages;
    private final Consumer<Runnable> passes;
    private final ReentrantLock lock = new ReentrantLock();

    /** Accessible pages. A page's number is its address over the page size. All below guarded by the lock. */
    private final FreeRanges clean = new FreeRanges();

    private final FreeRanges dirty = new FreeRanges();

    private boolean isPassDue;

    private long fewestDirty;

    private final List<Piece> pieces = new ArrayList<>();

    /** The end of what is accessible of the newest piece, and the end of the piece, as page numbers. */
    private long frontier;

    private long end;

    /** How large the next piece is to be, in bytes. */
    private long nextPiece = FIRST_PIECE;

    /**
     * An empty address space.
     *
     * @param kernel gives the pages
     * @param keptBytes memory of free pages that is always kept for the next chunks
     */
    AddressSpace(Pages kernel, long keptBytes) {
        this(kernel, keptBytes, pass -> HousekeepingThread.runAfter(INTERVAL, pass));
    }

    /**
     * An empty address space whose passes come when the caller wants.
     *
     * @param passes gets a pass that is to run later
     */
    AddressSpace(Pages kernel, long keptBytes, Consumer<Runnable> passes) {
        this.kernel = kernel;
        this.passes = passes;
        pageSize = kernel.unit();
        keptPages = keptBytes / pageSize;
    }

    /** Makes the pages of a chunk ready; false if they cannot be. */
    boolean makeReady(long first, long count) {
        return kernel.makeReady(first * pageSize, count * pageSize);
    }

    /** What ranges are multiples of, in bytes. */
    long pageSize() {
        return pageSize;
    }

    /**
     * Takes pages, which may have any contents.
     *
     * @param pages how many, 1 or more
     * @param alignment a power of two, in pages
     * @return the number of the first, or -1 if there is no memory to be had
     */
    long take(long pages, long alignment) {
        lock.lock();
        try {
            long first = dirty.take(pages, alignment);
            if (first < 0) {
                first = clean.take(pages, alignment);
            }
            if (first < 0 && dirty.free() <= keptPages) { // more would be too much work for a request
                first = takeJoined(pages, alignment);
            }
            while (first < 0 && extend(pages, alignment)) {
                first = clean.take(pages, alignment);
            }
            if (first < 0) {
                first = takeJoined(pages, alignment);
            }
            fewestDirty = Math.min(fewestDirty, dirty.free());
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Takes pages where clean and dirty ones have room only together: -1 if they have none. */
    private long takeJoined(long pages, long alignment) {
        if (dirty.free() == 0 || dirty.free() + clean.free() < pages) {
            return -1;
        }
        release(dirty.free());
        return clean.take(pages, alignment);
    }

    /** Gives pages back that were taken. */
    void give(long first, long pages) {
        lock.lock();
        try {
            dirty.give(first, pages);
        } finally {
            lock.unlock();
        }
        awaitPass();
    }

    /** Lets a pass come later, if more pages are dirty than are kept and none is due. */
    private void awaitPass() {
        lock.lock();
        try {
            if (isPassDue || dirty.free() <= keptPages) {
                return;
            }
            isPassDue = true;
            fewestDirty = dirty.free();
        } finally {
            lock.unlock();
        }
        passes.accept(this::pass);
    }

    /** Releases as many pages as were dirty all the time since the pass before. */
    private void pass() {
        try {
            release(idlePages());
        } finally {
            endPass();
            awaitPass();
        }
    }

    private long idlePages() {
        lock.lock();
        try {
            return Math.min(fewestDirty, dirty.free() - keptPages);
        } finally {
            lock.unlock();
        }
    }

    private void endPass() {
        lock.lock();
        try {
            isPassDue = false;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the memory of all dirty pages to the kernel. */
    void trim() {
        release(dirtyBytes() / pageSize);
    }

    /** Gives the memory of so many dirty pages to the kernel, or of all if there are fewer. */
    private void release(long pages) {
        long portion = Math.max(1, PORTION / pageSize);
        long left = pages;
        while (left > 0) {
            Range range = takeLongest(Math.min(left, portion));
            if (range == null) {
                return;
            }
            left -= range.length();
            if (kernel.release(range.first() * pageSize, range.length() * pageSize)) {
                giveClean(range);
            }
        }
    }

    private @Nullable Range takeLongest(long most) {
        lock.lock();
        try {
            return dirty.takeLongest(most);
        } finally {
            lock.unlock();
        }
    }

    private void giveClean(Range range) {
        lock.lock();
        try {
            clean.give(range.first(), range.length());
        } finally {
            lock.unlock();
        }
    }

    /** Makes more pages accessible, of a new piece if need be; false if the kernel gives none. */
    private boolean extend(long pages, long alignment) {
        long most = Long.MAX_VALUE / 4 / pageSize;
        if (pages > most || alignment > most) {
            return false;
        }
        long least = pages + alignment - 1;
        if (end - frontier < least) {
            return reserve(least);
        }
        return access(Math.min(end - frontier, Math.max(least, STEP / pageSize)));
    }

    /** Makes the next pages of the newest piece accessible; false if the kernel refuses. */
    private boolean access(long pages) {
        if (!kernel.commit(frontier * pageSize, pages * pageSize)) {
            return false;
        }
        clean.give(frontier, pages);
        frontier += pages;
        return true;
    }

    /** Reserves a new piece. Only then the rest of the piece before it is made accessible. */
    private boolean reserve(long least) {
        long unit = kernel.alignment();
        long smallest = (least * pageSize + unit - 1) & -unit;
        long size = Math.max(smallest, nextPiece);
        long address = kernel.reserve(size);
        while (address == 0 && size / 2 >= smallest) {
            size = size / 2 & -unit;
            address = kernel.reserve(size);
        }
        if (address == 0) {
            return false;
        }
        if (frontier < end) {
            access(end - frontier);
        }
        pieces.add(new Piece(address, size));
        frontier = address / pageSize;
        end = frontier + size / pageSize;
        nextPiece = Math.min(LARGEST_PIECE, nextPiece * 2);
        return true;
    }

    /** What was reserved. */
    List<Piece> pieces() {
        lock.lock();
        try {
            return List.copyOf(pieces);
        } finally {
            lock.unlock();
        }
    }

    /** Memory of free pages that the kernel does not have back, in bytes. */
    long dirtyBytes() {
        lock.lock();
        try {
            return dirty.free() * pageSize;
        } finally {
            lock.unlock();
        }
    }

    /** Throws if an invariant does not hold. For tests. */
    void checkInvariants() {
        lock.lock();
        try {
            clean.checkInvariants();
            dirty.checkInvariants();
            if (dirty.free() > keptPages && !isPassDue) {
                throw new AssertionError(
                        dirty.free() + " pages are dirty, " + keptPages + " are kept, and no pass is due");
            }
            if (isPassDue && fewestDirty > dirty.free()) {
                throw new AssertionError(
                        dirty.free() + " pages are dirty, which is less than the fewest, " + fewestDirty);
            }
        } finally {
            lock.unlock();
        }
    }
}
