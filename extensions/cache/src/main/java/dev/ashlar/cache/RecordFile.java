package dev.ashlar.cache;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read and written at positions, by one cache of one process.
 *
 * <p>A thread that is interrupted closes a channel of Java while it reads or writes. Here the channel is opened again,
 * the work repeated, and the thread's interrupt set afterwards. The lock is that of a second file, because the
 * operating system ends the locks of a file when any channel to it is closed.
 *
 * <p>Safe for use by many threads.
 */
final class RecordFile implements AutoCloseable {

    private static final String DATA = "ashlar-cache.data";
    private static final String LOCK = "ashlar-cache.lock";

    private final Path data;
    private final FileChannel lockChannel;
    private volatile FileChannel channel;
    private volatile boolean isClosed;

    private RecordFile(Path data, FileChannel lockChannel, FileChannel channel) {
        this.data = data;
        this.lockChannel = lockChannel;
        this.channel = channel;
    }

    /**
     * Takes a folder, which is made if it does not exist. What an earlier process left there is emptied.
     *
     * @throws UncheckedIOException if the folder cannot be written
     * @throws IllegalStateException if another cache uses it
     */
    static RecordFile open(Path folder) {
        FileChannel lockChannel = null;
        try {
            Files.createDirectories(folder);
            lockChannel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            requireLock(folder, lockChannel);
            Path data = folder.resolve(DATA);
            FileChannel channel = FileChannel.open(
                    data,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING);
            return new RecordFile(data, lockChannel, channel);
        } catch (IOException e) {
            closeQuietly(lockChannel, e);
            throw new UncheckedIOException(
                    "The folder " + folder + " of the disk level cannot be used (" + e
                            + "). Name a folder that this process may write.",
                    e);
        } catch (IllegalStateException e) {
            closeQuietly(lockChannel, e);
            throw e;
        }
    }

    private static void requireLock(Path folder, FileChannel lockChannel) throws IOException {
        FileLock lock;
        try {
            lock = lockChannel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new IllegalStateException(
                    "The folder " + folder + " is used by another cache. Name a folder for this one alone.");
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel, Exception because) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                because.addSuppressed(e);
            }
        }
    }

    /** One transfer of bytes between a buffer and a position. */
    private interface Transfer {
        int move(FileChannel channel, ByteBuffer bytes, long position) throws IOException;
    }

    /** Writes all bytes of a segment. */
    void write(MemorySegment from, long position) throws IOException {
        moveAll(from, position, FileChannel::write);
    }

    /** Reads as many bytes as the segment has. */
    void read(MemorySegment to, long position) throws IOException {
        moveAll(to, position, FileChannel::read);
    }

    private void moveAll(MemorySegment segment, long position, Transfer transfer) throws IOException {
        boolean isInterrupted = false;
        try {
            ByteBuffer bytes = segment.asByteBuffer();
            while (bytes.hasRemaining()) {
                isInterrupted |= Thread.interrupted();
                FileChannel open = channel;
                try {
                    if (transfer.move(open, bytes, position + bytes.position()) < 0) {
                        throw new EOFException(data + " ends before position " + (position + segment.byteSize()));
                    }
                } catch (ClosedChannelException e) { // of this thread's interrupt, or of another's
                    reopen(open, e);
                }
            }
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel old, ClosedChannelException e) throws IOException {
        if (isClosed) {
            throw e;
        }
        if (channel == old) {
            channel = FileChannel.open(data, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
    }

    /** Deletes the data. The empty file of the lock stays. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            channel.close();
            Files.deleteIfExists(data);
            lockChannel.close();
        } catch (IOException e) {
            closeQuietly(lockChannel, e);
            throw new UncheckedIOException("The file " + data + " cannot be deleted", e);
        }
    }
}
