package dev.ashlar.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.support.ForwardingAllocator;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TellingAllocator;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.store.RandomAccessInput;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The lives of files, and what Lucene's own tests leave out. */
@Timeout(300)
class AshlarDirectoryTest {

    private static final int LIMIT = 8 << 20;

    private final Allocator allocator = Slab.builder().limit("64MiB").build();
    private final Limit limit = Limit.of("index", LIMIT);
    private final AshlarDirectory directory = AshlarDirectory.over(allocator, limit);

    @AfterEach
    void nothingMustBeLive() {
        directory.close();
        assertThat(limit.usedBytes()).isZero();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private void write(String name, byte[] bytes) throws IOException {
        try (IndexOutput output = directory.createOutput(name, IOContext.DEFAULT)) {
            output.writeBytes(bytes, bytes.length);
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(count).nextBytes(bytes);
        return bytes;
    }

    private IndexInput open(String name) throws IOException {
        return directory.openInput(name, IOContext.DEFAULT);
    }

    private static byte[] readAll(IndexInput input) throws IOException {
        byte[] read = new byte[Math.toIntExact(input.length())];
        input.seek(0);
        input.readBytes(read, 0, read.length);
        return read;
    }

    @Test
    void mustTakeNoMoreThanAFileHas() throws IOException {
        for (int size : new int[] {0, 1, 1000, 1024, 1025, 100_000, 1 << 20, (1 << 20) + 1, 3_000_000}) {
            byte[] bytes = bytes(size);
            write("file", bytes);
            assertThat(directory.fileLength("file")).isEqualTo(size);
            assertThat(directory.stats().requestedBytes()).isEqualTo(size);
            assertThat(directory.stats().liveBlocks()).isEqualTo((size + (1 << 20) - 1) >>> 20);
            try (IndexInput input = open("file")) {
                assertThat(readAll(input)).isEqualTo(bytes);
            }
            directory.deleteFile("file");
            assertThat(directory.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustKeepADeletedFileUntilItsLastReaderIsClosed() throws IOException {
        byte[] bytes = bytes(100_000);
        write("file", bytes);
        IndexInput first = open("file");
        IndexInput second = open("file");
        IndexInput slice = second.slice("slice", 10, 1000);
        directory.deleteFile("file");
        assertThat(directory.listAll()).isEmpty();
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> open("file"));
        write("file", bytes(50)); // the name is free
        first.close();
        first.close();
        assertThat(readAll(second)).isEqualTo(bytes);
        assertThat(slice.readByte()).isEqualTo(bytes[10]);
        assertThat(directory.stats().liveBlocks()).isEqualTo(2);
        second.close();
        assertThat(directory.stats().liveBlocks()).isEqualTo(1);
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(slice::readByte);
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(second::readLong);
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(second::clone);
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(() -> slice.slice("more", 0, 1));
    }

    @Test
    void mustFreeAFileThatIsDeletedWhileItIsWritten() throws IOException {
        IndexOutput output = directory.createOutput("file", IOContext.DEFAULT);
        output.writeBytes(bytes(5000), 5000);
        assertThatExceptionOfType(AccessDeniedException.class).isThrownBy(() -> open("file"));
        assertThat(directory.fileLength("file")).isZero();
        directory.deleteFile("file");
        output.writeBytes(bytes(5000), 5000);
        assertThat(directory.stats().liveBlocks()).isEqualTo(1);
        output.close();
        output.close();
        assertThat(directory.stats().liveBlocks()).isZero();
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(() -> output.writeByte((byte) 1));
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(() -> output.writeLong(1));
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(output::getChecksum);
    }

    @Test
    void mustRenameAnOpenFile() throws IOException {
        write("before", bytes(100));
        write("other", bytes(10));
        try (IndexInput input = open("before")) {
            directory.rename("before", "after");
            assertThat(directory.listAll()).containsExactly("after", "other");
            assertThat(readAll(input)).isEqualTo(bytes(100));
        }
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> directory.rename("after", "other"));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.rename("before", "x"));
        try (IndexInput input = open("after")) {
            assertThat(readAll(input)).isEqualTo(bytes(100));
        }
    }

    @Test
    void mustRefuseNamesThatAreThereOrNot() throws IOException {
        write("file", bytes(10));
        assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> write("file", bytes(10)));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.deleteFile("none"));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.fileLength("none"));
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> directory.sync(List.of("file", "none")));
        directory.sync(List.of("file"));
        directory.syncMetaData();
        assertThat(directory.getPendingDeletions()).isEmpty();
        try (IndexInput input = open("file")) {
            assertThat(readAll(input)).isEqualTo(bytes(10));
        }
    }

    @Test
    void mustGiveTemporaryFilesNamesOfTheirOwn() throws IOException {
        List<String> names = new ArrayList<>();
        directory.createOutput("_0_sort_1.tmp", IOContext.DEFAULT).close();
        for (int i = 0; i < 3; i++) {
            try (IndexOutput output = directory.createTempOutput("_0", "sort", IOContext.DEFAULT)) {
                names.add(output.getName());
                output.writeInt(i);
            }
        }
        assertThat(names).containsExactly("_0_sort_0.tmp", "_0_sort_2.tmp", "_0_sort_3.tmp");
        assertThat(directory.listAll()).containsAll(names);
    }

    @Test
    void mustSumWhatIsWritten() throws IOException {
        byte[] bytes = bytes(2_500_000);
        CRC32 expected = new CRC32();
        try (IndexOutput output = directory.createOutput("file", IOContext.DEFAULT)) {
            assertThat(output.getChecksum()).isZero();
            for (int from = 0; from < bytes.length; from += 300_007) {
                int count = Math.min(300_007, bytes.length - from);
                output.writeBytes(bytes, from, count);
                expected.update(bytes, from, count);
                assertThat(output.getChecksum()).isEqualTo(expected.getValue());
                assertThat(output.getFilePointer()).isEqualTo(from + count);
            }
        }
        try (var input = directory.openChecksumInput("file")) {
            input.seek(bytes.length);
            assertThat(input.getChecksum()).isEqualTo(expected.getValue());
        }
    }

    @Test
    void mustRefuseAWriteForWhichThereIsNoMemoryAsAFullDiskDoes() throws IOException {
        List<Long> missing = new ArrayList<>();
        limit.onRefusal((full, bytes) -> {
            missing.add(bytes);
            return false;
        });
        try (IndexOutput output = directory.createOutput("file", IOContext.DEFAULT)) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> output.writeBytes(new byte[LIMIT + 1], LIMIT + 1))
                    .withMessageContaining("index")
                    .withMessageContaining(String.valueOf(LIMIT));
            assertThat(output.getFilePointer()).isEqualTo(LIMIT);
        }
        assertThat(missing).containsExactly(1L << 20);
        assertThat(directory.fileLength("file")).isEqualTo(LIMIT);
        directory.deleteFile("file");
        write("file", bytes(LIMIT));
    }

    @Test
    void mustTellWhatIsOpenWhenItIsClosed() throws IOException {
        write("_0.cfs", bytes(1000));
        write("_1.cfs", bytes(2000));
        IndexInput input = open("_1.cfs");
        try (LeakLog log = new LeakLog()) {
            directory.close();
            directory.close();
            assertThat(log.messages())
                    .singleElement()
                    .asString()
                    .contains("'index'", "1 live block of 2000 bytes", "Open files: _1.cfs (2000 bytes).");
        }
        assertThat(readAll(input)).isEqualTo(bytes(2000));
        input.close();
        assertThat(directory.stats().liveBlocks()).isZero();
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(directory::listAll);
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(() -> open("_1.cfs"));
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(() -> directory.deleteFile("_0.cfs"));
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(() -> write("late", bytes(1)));
        assertThatExceptionOfType(AlreadyClosedException.class).isThrownBy(directory::syncMetaData);
    }

    @Test
    void mustCloseAStandardAllocatorWithTheLastReader() throws IOException {
        AshlarDirectory standard = AshlarDirectory.standard();
        try (IndexOutput output = standard.createOutput("file", IOContext.DEFAULT)) {
            output.writeLong(42);
        }
        IndexInput input = standard.openInput("file", IOContext.DEFAULT);
        try (LeakLog log = new LeakLog()) {
            standard.close();
            assertThat(log.messages()).hasSize(1);
        }
        assertThat(input.readLong()).isEqualTo(42);
        assertThat(standard.stats().committedBytes()).isPositive();
        input.close();
        assertThat(standard.stats().committedBytes()).isZero();
    }

    /** As a hardened allocator does for a block whose surroundings were written. */
    @Test
    void mustFreeAllFilesIfTheAllocatorHasSomethingToTell() throws IOException {
        TellingAllocator telling = new TellingAllocator(allocator);
        telling.tell(true);
        boolean[] isOwnedClosed = new boolean[1];
        Allocator owned = new ForwardingAllocator(allocator) {
            @Override
            public void close() {
                isOwnedClosed[0] = true;
            }
        };
        AshlarDirectory ofTelling = new AshlarDirectory(owned, telling, 20);
        for (String name : List.of("first", "second", "open")) {
            try (IndexOutput output = ofTelling.createOutput(name, IOContext.DEFAULT)) {
                output.writeLong(42);
            }
        }
        IndexInput input = ofTelling.openInput("open", IOContext.DEFAULT);
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(ofTelling::close)
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1)); // one for each file
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        assertThat(isOwnedClosed[0]).isFalse();

        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(input::close);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(isOwnedClosed[0]).isTrue();
    }

    @Test
    void mustBeAShareOfALimitedView() throws IOException {
        Allocator server = Allocators.limited(allocator, "server", 4096);
        try (AshlarDirectory share = AshlarDirectory.over(server)) {
            try (IndexOutput output = share.createOutput("file", IOContext.DEFAULT)) {
                output.writeBytes(bytes(1000), 1000);
            }
            assertThat(server.as(Limit.class).orElseThrow().usedBytes())
                    .isEqualTo(share.limit().usedBytes())
                    .isGreaterThanOrEqualTo(1000);
        }
        assertThat(server.as(Limit.class).orElseThrow().usedBytes()).isZero();
    }

    @Test
    void mustHaveOneWriterAtATime() throws IOException {
        try (var lock = directory.obtainLock("write.lock")) {
            lock.ensureValid();
            assertThatExceptionOfType(LockObtainFailedException.class)
                    .isThrownBy(() -> directory.obtainLock("write.lock"));
        }
        directory.obtainLock("write.lock").close();
    }

    @Test
    void mustNotReadPastTheEndOfASlice() throws IOException {
        write("file", bytes(100));
        try (IndexInput input = open("file")) {
            IndexInput slice = input.slice("slice", 10, 20);
            slice.seek(17);
            assertThatExceptionOfType(EOFException.class)
                    .isThrownBy(slice::readInt)
                    .withMessageContaining("4 bytes at 17")
                    .withMessageContaining("20");
            assertThat(slice.getFilePointer()).isEqualTo(17);
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> slice.seek(21));
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> slice.seek(-1));
            RandomAccessInput random = input.randomAccessSlice(10, 20);
            assertThat(random.readByte(19)).isEqualTo(bytes(100)[29]);
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> random.readByte(20));
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> random.readLong(-1));
            assertThatExceptionOfType(EOFException.class).isThrownBy(() -> random.readShort(Long.MAX_VALUE));
        }
    }

    /** Blocks up to four gigabytes are the same memory, and so are those after them. */
    @Test
    void mustHaveFilesOfMoreThanFourGigabytes() throws IOException {
        byte[] block = bytes(1 << 20);
        byte[] later = bytes((1 << 20) + 1);
        long boundary = 1L << 32;
        long length = boundary + 3L * block.length;
        SameMemory memory = new SameMemory((int) (boundary >>> 20));
        try (AshlarDirectory large = AshlarDirectory.over(memory)) {
            try (IndexOutput output = large.createOutput("file", IOContext.DEFAULT)) {
                while (output.getFilePointer() < length) {
                    output.writeBytes(output.getFilePointer() < boundary ? block : later, block.length);
                }
            }
            assertThat(large.fileLength("file")).isEqualTo(length);
            assertThat(large.limit().usedBytes()).isEqualTo(length);
            try (IndexInput input = large.openInput("file", IOContext.DEFAULT)) {
                byte[] read = new byte[8];
                input.seek(boundary - 4);
                input.readBytes(read, 0, 8);
                assertThat(read).startsWith(Arrays.copyOfRange(block, block.length - 4, block.length));
                assertThat(read).endsWith(Arrays.copyOf(later, 4));
                assertThat(input.getFilePointer()).isEqualTo(boundary + 4);
                IndexInput slice = input.slice("slice", boundary - 4, length - boundary);
                assertThat(slice.readLong())
                        .isEqualTo(ByteBuffer.wrap(read)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getLong());
                slice.seek(slice.length() - 1);
                assertThat(slice.readByte()).isEqualTo(later[block.length - 5]);
                assertThat(input.randomAccessSlice(0, length).readByte(length - 1))
                        .isEqualTo(later[block.length - 1]);
            }
        }
        assertThat(memory.stats().liveBlocks()).isZero();
    }

    /** Readers open, clone and read files that another thread replaces all the time. */
    @Test
    void mustServeReadersOfFilesThatAreDeleted() {
        int files = 200;
        List<Race.Task> tasks = new ArrayList<>();
        tasks.add(() -> {
            for (int i = 0; i < files; i++) {
                write("file" + i, filled(i));
                if (i >= 3) {
                    directory.deleteFile("file" + (i - 3));
                }
            }
        });
        for (int reader = 0; reader < 3; reader++) {
            tasks.add(() -> {
                for (int i = 0; i < files; i++) {
                    readWhileItIsThere(i);
                }
            });
        }
        Race.run(tasks);
        assertThat(directory.stats().liveBlocks()).isEqualTo(3);
    }

    private static byte[] filled(int number) {
        byte[] bytes = new byte[1000 + number];
        Arrays.fill(bytes, (byte) number);
        return bytes;
    }

    private void readWhileItIsThere(int number) throws IOException {
        try (IndexInput input = open("file" + number)) {
            IndexInput clone = input.clone();
            assertThat(readAll(clone)).isEqualTo(filled(number));
            assertThat(readAll(input.slice("half", 0, 500))).containsOnly((byte) number);
        } catch (NoSuchFileException | AccessDeniedException e) {
            assertThat(e).isNotNull(); // deleted before, or not yet there
        }
    }

    @Test
    void mustSayThatTheAllocatorIsClosed() {
        Allocator closed = Slab.allocator();
        AshlarDirectory late = AshlarDirectory.over(closed);
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> {
            try (IndexOutput output = late.createOutput("file", IOContext.DEFAULT)) {
                output.writeByte((byte) 1);
            }
        });
        late.close();
    }
}
