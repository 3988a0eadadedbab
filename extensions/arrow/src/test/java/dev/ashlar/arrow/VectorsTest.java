package dev.ashlar.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.Slab;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.impl.UnionListWriter;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vectors, and files and streams of them. */
class VectorsTest {

    private static final int ROWS = 10_000;
    private static final int BATCHES = 3;

    private final Allocator allocator = Slab.builder().limit("64MiB").build();
    private final ArrowMemory memory = ArrowMemory.over(allocator);
    private final RootAllocator root = memory.rootAllocator();

    @TempDir
    private Path folder;

    @AfterEach
    void nothingMustBeLive() {
        root.close();
        memory.close();
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    private static VectorSchemaRoot rows(BufferAllocator arrow) {
        ListVector lists = ListVector.empty("list", arrow);
        lists.addOrGetVector(FieldType.nullable(MinorType.BIGINT.getType())); // before the schema is read
        return VectorSchemaRoot.of(new BigIntVector("number", arrow), new VarCharVector("text", arrow), lists);
    }

    /** Writes past the first capacity, so that the vectors grow. */
    private static void fill(VectorSchemaRoot rows, int batch) {
        BigIntVector numbers = (BigIntVector) rows.getVector("number");
        VarCharVector texts = (VarCharVector) rows.getVector("text");
        UnionListWriter lists = ((ListVector) rows.getVector("list")).getWriter();
        rows.getFieldVectors().forEach(vector -> {
            vector.setInitialCapacity(10);
            vector.allocateNew();
        });
        for (int i = 0; i < ROWS; i++) {
            if (i % 7 == 0) {
                numbers.setNull(i);
            } else {
                numbers.setSafe(i, (long) batch * ROWS + i);
            }
            texts.setSafe(i, text(batch, i).getBytes(StandardCharsets.UTF_8));
            lists.setPosition(i);
            lists.startList();
            for (int j = 0; j < i % 3; j++) {
                lists.bigInt().writeBigInt(i + j);
            }
            lists.endList();
        }
        rows.setRowCount(ROWS);
    }

    private static String text(int batch, int row) {
        return "row " + row + " of batch " + batch;
    }

    private static void requireFilled(VectorSchemaRoot rows, int batch) {
        assertThat(rows.getRowCount()).isEqualTo(ROWS);
        for (int i = 0; i < ROWS; i++) {
            Object number = i % 7 == 0 ? null : (long) batch * ROWS + i;
            assertThat(rows.getVector("number").getObject(i)).isEqualTo(number);
            assertThat(String.valueOf(rows.getVector("text").getObject(i))).isEqualTo(text(batch, i));
            assertThat((List<?>) rows.getVector("list").getObject(i)).hasSize(i % 3);
        }
    }

    private static void write(VectorSchemaRoot rows, ArrowWriter writer) throws IOException {
        writer.start();
        for (int batch = 0; batch < BATCHES; batch++) {
            fill(rows, batch);
            writer.writeBatch();
        }
        writer.end();
    }

    private static void requireAllBatches(ArrowReader reader) throws IOException {
        for (int batch = 0; batch < BATCHES; batch++) {
            assertThat(reader.loadNextBatch()).isTrue();
            requireFilled(reader.getVectorSchemaRoot(), batch);
        }
        assertThat(reader.loadNextBatch()).isFalse();
    }

    @Test
    void mustHoldVectorsThatGrow() {
        try (VectorSchemaRoot rows = rows(root)) {
            fill(rows, 0);
            requireFilled(rows, 0);
            assertThat(memory.stats().requestedBytes()).isEqualTo(root.getAllocatedMemory());
            assertThat(memory.limit().usedBytes()).isEqualTo(root.getAllocatedMemory());
        }
    }

    @Test
    void mustReadBackAFile() throws IOException {
        Path file = folder.resolve("rows.arrow");
        try (BufferAllocator writing = root.newChildAllocator("writer", 0, Long.MAX_VALUE);
                VectorSchemaRoot rows = rows(writing);
                FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                ArrowFileWriter writer = new ArrowFileWriter(rows, null, channel)) {
            write(rows, writer);
        }
        try (BufferAllocator reading = root.newChildAllocator("reader", 0, Long.MAX_VALUE);
                FileChannel channel = FileChannel.open(file);
                ArrowFileReader reader = new ArrowFileReader(channel, reading)) {
            requireAllBatches(reader);
            assertThat(memory.limitOf(reading).usedBytes()).isEqualTo(reading.getAllocatedMemory());
        }
        assertThat(memory.stats().liveBlocks()).isZero();
    }

    @Test
    void mustReadBackAStream() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot rows = rows(root);
                ArrowStreamWriter writer = new ArrowStreamWriter(rows, null, Channels.newChannel(bytes))) {
            write(rows, writer);
        }
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(bytes.toByteArray()), root)) {
            requireAllBatches(reader);
        }
        assertThat(memory.stats().liveBlocks()).isZero();
    }

    /** A vector moves to another child, as between operators of a query. */
    @Test
    void mustMoveVectorsBetweenChildren() {
        try (BufferAllocator from = root.newChildAllocator("from", 0, Long.MAX_VALUE);
                BufferAllocator to = root.newChildAllocator("to", 0, Long.MAX_VALUE);
                VectorSchemaRoot rows = rows(from);
                VectorSchemaRoot moved = rows(to)) {
            fill(rows, 1);
            for (int i = 0; i < rows.getFieldVectors().size(); i++) {
                rows.getVector(i).makeTransferPair(moved.getVector(i)).transfer();
            }
            moved.setRowCount(ROWS);
            assertThat(from.getAllocatedMemory()).isZero();
            assertThat(to.getAllocatedMemory()).isEqualTo(memory.limit().usedBytes());
            requireFilled(moved, 1);
        }
        assertThat(memory.stats().liveBlocks()).isZero();
    }
}
