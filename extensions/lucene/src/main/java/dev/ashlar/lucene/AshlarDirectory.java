package dev.ashlar.lucene;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.support.LeakReport;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.spi.support.Closing;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.store.BaseDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.SingleInstanceLockFactory;
import org.jspecify.annotations.Nullable;

/**
 * A Lucene directory whose files are blocks of any allocator. It is gone with the process.
 *
 * {@snippet class="dev.ashlar.verification.shown.LuceneCodeTest" region="lucene"}
 *
 * <p><b>Memory.</b> A file of up to 1 MiB is one block, and a larger one has blocks of 1 MiB and a last one of what
 * remains. While a file is written, its block is up to twice as large as what is written. All blocks count against
 * {@link #limit()}. If there is no memory for a write, it throws {@link IOException}, as for a full disk.
 *
 * <p><b>Deletion.</b> A file that is deleted has no name any more. Its blocks are freed when its last reader and its
 * writer are closed, which may be after a close of the directory. Clones and slices of an input end with it and need no
 * close.
 *
 * <p>Safe for use by many threads, as Lucene demands. The table of names has a lock, and reads of files have none. An
 * input must not be closed while another thread reads from a clone or a slice of it: that read might get bytes of
 * another file. Reads that begin later throw {@link org.apache.lucene.store.AlreadyClosedException}.
 */
public final class AshlarDirectory extends BaseDirectory {

    /** Of 1 MiB: what is unused at the end of a file that is written matters little, and a gigabyte has a thousand. */
    private static final int BLOCK_SHIFT = 20;

    private final @Nullable Allocator owned;
    private final Allocator view;
    private final int blockShift;

    /** By name. Guarded by itself, as {@code isOpen} is where it changes. */
    private final Map<String, BlockFile> files = new TreeMap<>();

    private long temporaries;

    /** The files that have memory or may get some, and this directory while it is open. */
    private final AtomicInteger users = new AtomicInteger(1);

    AshlarDirectory(@Nullable Allocator owned, Allocator view, int blockShift) {
        super(new SingleInstanceLockFactory());
        this.owned = owned;
        this.view = view;
        this.blockShift = blockShift;
    }

    /**
     * A directory in memory of an allocator, which counts against a limit of the name {@code lucene} without a maximum.
     * If the allocator is a limited view, that limit is a child of the view's.
     *
     * @param allocator serves the blocks; the caller closes it after the directory and all inputs
     */
    public static AshlarDirectory over(Allocator allocator) {
        return of(null, allocator);
    }

    /**
     * A directory in memory of an allocator, which counts against a limit.
     *
     * @param allocator serves the blocks; the caller closes it after the directory and all inputs
     * @param limit what the files count against; the caller closes it
     */
    public static AshlarDirectory over(Allocator allocator, Limit limit) {
        return new AshlarDirectory(null, Allocators.limited(allocator, limit), BLOCK_SHIFT);
    }

    /**
     * A directory in memory of an allocator of the standard strategy, as its properties configure it. The allocator is
     * closed with the directory and its last input.
     *
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     */
    public static AshlarDirectory standard() {
        Allocator allocator = Ashlar.allocator();
        return of(allocator, allocator);
    }

    private static AshlarDirectory of(@Nullable Allocator owned, Allocator allocator) {
        Allocator view = Allocators.limited(allocator, "lucene", AllocationException.NO_LIMIT);
        return new AshlarDirectory(owned, view, BLOCK_SHIFT);
    }

    /** What all files count against. */
    public Limit limit() {
        return view.as(Limit.class).orElseThrow();
    }

    /** The figures of all files, as of {@link Allocators#limited(Allocator, Limit)}. Works after a close too. */
    public AllocatorStats stats() {
        return view.stats();
    }

    @Override
    public String[] listAll() {
        synchronized (files) {
            ensureOpen();
            return files.keySet().toArray(String[]::new);
        }
    }

    @Override
    public long fileLength(String name) throws IOException {
        synchronized (files) {
            return require(name).length();
        }
    }

    @Override
    public void deleteFile(String name) throws IOException {
        BlockFile deleted;
        synchronized (files) {
            deleted = require(name);
            files.remove(name);
        }
        deleted.release();
    }

    @Override
    public void rename(String source, String dest) throws IOException {
        synchronized (files) {
            BlockFile file = require(source);
            requireAbsent(dest);
            files.remove(source);
            files.put(dest, file);
        }
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
        synchronized (files) {
            requireAbsent(name);
            return create(name);
        }
    }

    @Override
    public IndexOutput createTempOutput(String prefix, String suffix, IOContext context) {
        synchronized (files) {
            String name;
            do {
                name = getTempFileName(prefix, suffix, temporaries++);
            } while (files.containsKey(name));
            return create(name);
        }
    }

    private IndexOutput create(String name) {
        ensureOpen();
        BlockFile file = new BlockFile(view, blockShift, this::removeUser);
        users.incrementAndGet();
        files.put(name, file);
        return new BlockOutput(name, file);
    }

    @Override
    public IndexInput openInput(String name, IOContext context) throws IOException {
        synchronized (files) {
            BlockFile file = require(name);
            if (!file.isComplete()) {
                throw new AccessDeniedException(name, null, "it is still open for writing");
            }
            file.hold();
            return BlockInput.open(name, file);
        }
    }

    /** Checks that the files are here. There is no storage that outlives the process. */
    @Override
    public void sync(Collection<String> names) throws IOException {
        synchronized (files) {
            for (String name : names) {
                require(name);
            }
        }
    }

    @Override
    public void syncMetaData() {
        ensureOpen();
    }

    @Override
    public Set<String> getPendingDeletions() {
        return Set.of();
    }

    private BlockFile require(String name) throws NoSuchFileException {
        ensureOpen();
        BlockFile file = files.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return file;
    }

    private void requireAbsent(String name) throws FileAlreadyExistsException {
        ensureOpen();
        if (files.containsKey(name)) {
            throw new FileAlreadyExistsException(name);
        }
    }

    /**
     * Ends the directory and frees all files, except those that are open. They stay readable, and are freed when they
     * are closed. If there are any, their names and the number and bytes of live blocks are logged as a warning to the
     * {@link System.Logger} named {@code dev.ashlar.leaks}. Closing again does nothing.
     */
    @Override
    public void close() {
        List<String> open = new ArrayList<>();
        List<BlockFile> closed;
        synchronized (files) {
            if (!isOpen) {
                return;
            }
            isOpen = false;
            closed = List.copyOf(files.values());
            files.forEach((name, file) -> {
                if (file.holders() > 1) {
                    open.add(name + " (" + file.length() + " bytes)");
                }
            });
            files.clear();
        }
        Closing.all(
                () -> Closing.each(closed, BlockFile::release),
                () -> LeakReport.closed("The " + this, stats(), "They are freed when their files are closed.")
                        .names("Open files", open)
                        .log(),
                this::removeUser);
    }

    private void removeUser() {
        if (users.decrementAndGet() == 0 && owned != null) {
            owned.close();
        }
    }

    @Override
    public String toString() {
        return "AshlarDirectory in the limit '" + limit().name() + "'";
    }
}
