package dev.ashlar.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.zip.CRC32;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.IndexOutput;

/** Appends to a file. Holds it until it is closed. */
final class BlockOutput extends IndexOutput {

    private final BlockFile file;
    private final CRC32 checksum = new CRC32();

    /** How many bytes are in the checksum. They are read from the file when it is asked for. */
    private long summed;

    /** The last block, whose first byte is at this position of the file. */
    private MemorySegment block = MemorySegment.NULL;

    private long blockStart;

    /** Bytes in the last block, at most its size. */
    private long used;

    private boolean closed;

    BlockOutput(String name, BlockFile file) {
        super("AshlarDirectory output (file=" + name + ")", name);
        this.file = file;
        file.hold();
    }

    /** Makes room for a byte, if there is none. */
    private void requireRoom() throws IOException {
        requireOpen();
        if (used == block.byteSize()) {
            boolean isFull = used == 1L << file.blockShift;
            block = file.grow();
            if (isFull) {
                blockStart += used;
                used = 0;
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new AlreadyClosedException(this + " is closed");
        }
    }

    @Override
    public void writeByte(byte value) throws IOException {
        requireRoom();
        block.set(ValueLayout.JAVA_BYTE, used, value);
        used++;
    }

    @Override
    public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        int written = 0;
        while (written < length) {
            requireRoom();
            int count = (int) Math.min(length - written, block.byteSize() - used);
            MemorySegment.copy(bytes, offset + written, block, ValueLayout.JAVA_BYTE, used, count);
            used += count;
            written += count;
        }
    }

    @Override
    public long getFilePointer() {
        return blockStart + used;
    }

    @Override
    public long getChecksum() {
        requireOpen();
        long blockMask = (1L << file.blockShift) - 1;
        while (summed < getFilePointer()) {
            long from = summed & blockMask;
            long count = Math.min(getFilePointer() - summed, blockMask + 1 - from);
            checksum.update(file.block(summed).asSlice(from, count).asByteBuffer());
            summed += count;
        }
        return checksum.getValue();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            long length = getFilePointer();
            block = MemorySegment.NULL;
            try {
                file.complete(length);
            } finally {
                file.release();
            }
        }
    }
}
