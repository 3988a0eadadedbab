package dev.ashlar.verification.application.pipeline;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.parquet.ParquetBuffers;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** A Parquet file of rows, complete when it is closed. Safe for use by many threads, which wait for each other. */
final class RowFile implements AutoCloseable {

    /** A row group is in memory until it is full. The quota must have room for one, because a refusal ends the file. */
    private static final long ROW_GROUP_BYTES = 1 << 20;

    private static final MessageType SCHEMA =
            MessageTypeParser.parseMessageType("message row { required int64 id; required binary text (STRING); }");

    private final ParquetBuffers buffers;
    private final ParquetWriter<Group> writer;

    RowFile(Path path, Allocator allocator, Limit limit) throws IOException {
        buffers = ParquetBuffers.over(allocator, limit);
        writer = ExampleParquetWriter.builder(new LocalOutputFile(path))
                .withConf(new PlainParquetConfiguration())
                .withType(SCHEMA)
                .withAllocator(buffers)
                .withRowGroupSize(ROW_GROUP_BYTES)
                .withDictionaryEncoding(false) // ids and texts rarely repeat
                .build();
    }

    synchronized void append(BigIntVector ids, VarCharVector texts) throws IOException {
        for (int i = 0; i < ids.getValueCount(); i++) {
            writer.write(new SimpleGroup(SCHEMA)
                    .append("id", ids.get(i))
                    .append("text", Binary.fromConstantByteArray(texts.get(i))));
        }
    }

    @Override
    public synchronized void close() throws IOException {
        try (buffers) {
            writer.close();
        }
    }
}
