package dev.ashlar.lucene;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.RandomAccessInput;

/**
 * Reads a file, or a slice of one. An opened input holds the file until it is closed. Its clones and slices do not, and
 * end with it. Each is for one thread at a time, but reads of the form {@code read(position)} are for any number.
 */
final class BlockInput extends IndexInput implements RandomAccessInput {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final boolean IS_NATIVE_ORDER = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final BlockFile file;
    private final MemorySegment[] blocks;
    private final int blockShift;
    private final long blockMask;

    /** Where this starts in the file. */
    private final long start;

    private final long length;

    /** Shared by an opened input, its clones and slices. Once true, the blocks may be memory of another client. */
    private final AtomicBoolean ended;

    /** Whether this was opened and not cloned or sliced. */
    private boolean isOpened;

    private boolean isClosed;
    private long position;

    private BlockInput(
            String description, BlockFile file, MemorySegment[] blocks, long start, long length, AtomicBoolean ended) {
        super(description);
        this.file = file;
        this.blocks = blocks;
        this.blockShift = file.blockShift;
        this.blockMask = (1L << blockShift) - 1;
        this.start = start;
        this.length = length;
        this.ended = ended;
    }

    /**
     * Opens a file.
     *
     * @param file complete, and held for the input already
     */
    static BlockInput open(String name, BlockFile file) {
        String description = "AshlarDirectory input (file=" + name + ")";
        BlockInput input = new BlockInput(description, file, file.blocks(), 0, file.length(), new AtomicBoolean());
        input.isOpened = true;
        return input;
    }

    /** The position in the file of bytes that must lie in this input. */
    private long require(long at, long bytes) throws EOFException {
        requireOpen();
        if (at < 0 || bytes > length - at) {
            throw new EOFException(bytes + " bytes at " + at + " are not in " + this + ", which has " + length);
        }
        return start + at;
    }

    private MemorySegment block(long at) {
        return blocks[(int) (at >>> blockShift)];
    }

    /**
     * A little-endian value. Bytes of the result above its size are of any value, so that the usual case is one read.
     */
    private long value(long at, int bytes) throws EOFException {
        long in = require(at, bytes);
        MemorySegment block = block(in);
        long offset = in & blockMask;
        if (offset <= block.byteSize() - Long.BYTES) {
            return block.get(LONG, offset);
        }
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            byte next = block(in + i).get(ValueLayout.JAVA_BYTE, (in + i) & blockMask);
            value |= Byte.toUnsignedLong(next) << (i * Byte.SIZE);
        }
        return value;
    }

    private void copy(long at, MemorySegment to) {
        long copied = 0;
        while (copied < to.byteSize()) {
            long from = (at + copied) & blockMask;
            long count = Math.min(to.byteSize() - copied, blockMask + 1 - from);
            MemorySegment.copy(block(at + copied), from, to, copied, count);
            copied += count;
        }
    }

    @Override
    public byte readByte(long at) throws IOException {
        long in = require(at, Byte.BYTES);
        return block(in).get(ValueLayout.JAVA_BYTE, in & blockMask);
    }

    @Override
    public short readShort(long at) throws IOException {
        return (short) value(at, Short.BYTES);
    }

    @Override
    public int readInt(long at) throws IOException {
        return (int) value(at, Integer.BYTES);
    }

    @Override
    public long readLong(long at) throws IOException {
        return value(at, Long.BYTES);
    }

    @Override
    public void readBytes(long at, byte[] bytes, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        copy(require(at, count), MemorySegment.ofArray(bytes).asSlice(offset, count));
    }

    @Override
    public byte readByte() throws IOException {
        byte value = readByte(position);
        position += Byte.BYTES;
        return value;
    }

    @Override
    public int readInt() throws IOException {
        int value = readInt(position);
        position += Integer.BYTES;
        return value;
    }

    @Override
    public long readLong() throws IOException {
        long value = readLong(position);
        position += Long.BYTES;
        return value;
    }

    @Override
    public void readBytes(byte[] bytes, int offset, int count) throws IOException {
        readBytes(position, bytes, offset, count);
        position += count;
    }

    @Override
    public void readInts(int[] values, int offset, int count) throws IOException {
        if (!read(MemorySegment.ofArray(values), offset, count, Integer.BYTES)) {
            super.readInts(values, offset, count);
        }
    }

    @Override
    public void readLongs(long[] values, int offset, int count) throws IOException {
        if (!read(MemorySegment.ofArray(values), offset, count, Long.BYTES)) {
            super.readLongs(values, offset, count);
        }
    }

    @Override
    public void readFloats(float[] values, int offset, int count) throws IOException {
        if (!read(MemorySegment.ofArray(values), offset, count, Float.BYTES)) {
            super.readFloats(values, offset, count);
        }
    }

    /** Copies elements as they are, unless their bytes would have to be swapped. */
    private boolean read(MemorySegment values, int offset, int count, long bytes) throws IOException {
        Objects.checkFromIndexSize(offset * bytes, count * bytes, values.byteSize());
        if (IS_NATIVE_ORDER) {
            copy(require(position, count * bytes), values.asSlice(offset * bytes, count * bytes));
            position += count * bytes;
        }
        return IS_NATIVE_ORDER;
    }

    @Override
    public long getFilePointer() {
        return position;
    }

    @Override
    public void seek(long to) throws IOException {
        require(to, 0);
        position = to;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public BlockInput clone() {
        requireOpen();
        BlockInput clone = (BlockInput) super.clone();
        clone.isOpened = false;
        return clone;
    }

    @Override
    public BlockInput slice(String description, long offset, long bytes) {
        if (offset < 0 || bytes < 0 || offset > length - bytes) {
            throw new IllegalArgumentException("Slice '" + description + "' of " + bytes + " bytes at " + offset
                    + " is not in " + this + ", which has " + length);
        }
        requireOpen();
        return new BlockInput(getFullSliceDescription(description), file, blocks, start + offset, bytes, ended);
    }

    private void requireOpen() {
        if (isClosed || ended.get()) {
            throw new AlreadyClosedException(this + " is closed");
        }
    }

    @Override
    public void close() {
        isClosed = true;
        if (isOpened && !ended.getAndSet(true)) {
            file.release();
        }
    }
}
