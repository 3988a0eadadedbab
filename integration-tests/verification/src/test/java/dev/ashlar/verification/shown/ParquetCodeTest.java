package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.parquet.ParquetBuffers;
import dev.ashlar.spi.Ashlar;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parquet over Ashlar. */
class ParquetCodeTest {

    @TempDir
    private Path folder;

    @Test
    void buffers() throws IOException {
        try (Allocator allocator = Ashlar.allocator()) {
            Limit process = Limit.of("process", 1 << 30);
            MessageType schema = MessageTypeParser.parseMessageType("message row { required int64 number; }");
            Group row = new SimpleGroup(schema).append("number", 42L);
            ParquetConfiguration configuration = new PlainParquetConfiguration();
            OutputFile file = new LocalOutputFile(folder.resolve("rows.parquet"));
            // @start region="parquet"
            Limit limit = process.child("parquet").bytes(64 << 20).build();
            try (ParquetBuffers buffers = ParquetBuffers.over(allocator, limit);
                    ParquetWriter<Group> writer = ExampleParquetWriter.builder(file)
                            .withConf(configuration)
                            .withType(schema)
                            .withAllocator(buffers)
                            .build()) {
                writer.write(row);
            }
            // @end
            assertThat(allocator.stats().allocations()).isPositive();
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }
}
