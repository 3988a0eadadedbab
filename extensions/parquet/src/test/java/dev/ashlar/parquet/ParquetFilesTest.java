package dev.ashlar.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.TrackingByteBufferAllocator;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that Parquet's own writer writes and its own reader reads. */
@Timeout(300)
class ParquetFilesTest {

    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType(
            "message row { required int64 number; optional binary text (UTF8); repeated int32 list; }");
    private static final int ROWS = 400;
    private static final int SMALL_PAGE = 1024;

    private final Allocator allocator = Slab.builder().limit("128MiB").build();
    private final Limit limit = Limit.of("files", 64 << 20);
    private final ParquetBuffers buffers = ParquetBuffers.over(allocator, limit);

    @TempDir
    private Path folder;

    @AfterEach
    void nothingMustBeLive() {
        buffers.close();
        assertThat(limit.usedBytes()).isZero();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private static void write(Path file, ByteBufferAllocator from, CompressionCodecName codec) throws IOException {
        SimpleGroupFactory groups = new SimpleGroupFactory(SCHEMA);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration())
                .withType(SCHEMA)
                .withAllocator(from)
                .withCompressionCodec(codec)
                .withPageSize(SMALL_PAGE)
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .build()) {
            for (int i = 0; i < ROWS; i++) {
                Group row = groups.newGroup().append("number", (long) i);
                if (i % 5 != 0) {
                    row.append("text", text(i));
                }
                for (int j = 0; j < i % 3; j++) {
                    row.append("list", i + j);
                }
                writer.write(row);
            }
        }
    }

    private static String text(int row) {
        return row % 2 == 0 ? "always the same" : "text of row " + row;
    }

    private static ParquetReader<Group> reader(Path file, ByteBufferAllocator from) throws IOException {
        return new ParquetReader.Builder<Group>(new LocalFile(file), new PlainParquetConfiguration()) {
            @Override
            protected ReadSupport<Group> getReadSupport() {
                return new GroupReadSupport();
            }
        }.withAllocator(from).build();
    }

    private static void requireAllRows(ParquetReader<Group> reader) throws IOException {
        for (int i = 0; i < ROWS; i++) {
            Group row = reader.read();
            assertThat(row.getLong("number", 0)).isEqualTo(i);
            assertThat(row.getFieldRepetitionCount("text")).isEqualTo(i % 5 == 0 ? 0 : 1);
            if (i % 5 != 0) {
                assertThat(row.getString("text", 0)).isEqualTo(text(i));
            }
            assertThat(row.getFieldRepetitionCount("list")).isEqualTo(i % 3);
            if (i % 3 == 2) {
                assertThat(row.getInteger("list", 1)).isEqualTo(i + 1);
            }
        }
        assertThat(reader.read()).isNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"UNCOMPRESSED", "SNAPPY", "ZSTD"})
    void mustReadBackWhatWasWritten(CompressionCodecName codec) throws IOException {
        Path file = folder.resolve("rows.parquet");
        try (TrackingByteBufferAllocator tracked = TrackingByteBufferAllocator.wrap(buffers)) {
            write(file, tracked, codec);
            assertThat(buffers.stats().allocations()).isPositive();
            assertThat(buffers.stats().liveBlocks()).isZero();
            long written = buffers.stats().allocations();
            try (ParquetReader<Group> reader = reader(file, tracked)) {
                requireAllRows(reader);
            }
            assertThat(buffers.stats().allocations()).isGreaterThan(written);
            assertThat(buffers.stats().liveBlocks()).isZero();
        }
    }

    /** What is committed after the first rounds is enough for all others. */
    @Test
    void mustStayFlatOverManyRounds() throws IOException {
        Path file = folder.resolve("rows.parquet");
        int rounds = TestLength.of(100, 1_000);
        long committed = 0;
        try (TrackingByteBufferAllocator tracked = TrackingByteBufferAllocator.wrap(buffers)) {
            for (int round = 0; round < rounds; round++) {
                write(file, tracked, CompressionCodecName.UNCOMPRESSED);
                try (ParquetReader<Group> reader = reader(file, tracked)) {
                    requireAllRows(reader);
                }
                assertThat(limit.usedBytes()).isZero();
                if (round == 10) {
                    committed = allocator.stats().peakCommittedBytes();
                }
            }
        }
        assertThat(allocator.stats().peakCommittedBytes()).isEqualTo(committed);
        assertThat(buffers.stats().allocations()).isEqualTo(buffers.stats().frees());
    }

    @Test
    void mustNameTheLimitThatRefusesAWriter() throws IOException {
        Path file = folder.resolve("rows.parquet");
        limit.chargeAnyway(limit.limitBytes());
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> write(file, buffers, CompressionCodecName.UNCOMPRESSED))
                .withMessageContaining("'files'");
        limit.discharge(limit.limitBytes());
        assertThat(buffers.stats().liveBlocks()).isZero();
        write(file, buffers, CompressionCodecName.UNCOMPRESSED);
        assertThat(Files.size(file)).isPositive();
    }

    @Test
    void mustServeManyReadersAndWriters() {
        List<Race.Task> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Path file = folder.resolve("rows" + i + ".parquet");
            tasks.add(() -> {
                for (int round = 0; round < 5; round++) {
                    write(file, buffers, CompressionCodecName.UNCOMPRESSED);
                    try (ParquetReader<Group> reader = reader(file, buffers)) {
                        requireAllRows(reader);
                    }
                }
            });
        }
        Race.run(tasks);
        assertThat(buffers.stats().liveBlocks()).isZero();
    }
}
