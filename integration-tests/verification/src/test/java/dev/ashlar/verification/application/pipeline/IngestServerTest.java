package dev.ashlar.verification.application.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Limit;
import dev.ashlar.testkit.LeakLog;
import dev.ashlar.testkit.Race;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Netty, Arrow, Lucene and Parquet in one server, on one allocator. */
@Timeout(300)
@Tag("unsafe")
class IngestServerTest {

    private static final int ROWS = 100;
    private static final int INDEX_BYTES = 128 << 10;

    /** This one and those of the server, which may live a moment longer. Each may retain 64 KiB meanwhile. */
    private static final int THREADS = 5;

    private static final long RETAINED = THREADS * (64L << 10);

    private final LeakLog leaks = new LeakLog();
    private final ServerMemory memory = new ServerMemory(INDEX_BYTES);

    @TempDir
    private Path folder;

    private IngestServer server;

    /** Batches that were sent. Their ids follow each other. */
    private int sent;

    @BeforeEach
    void start() throws IOException {
        server = new IngestServer(memory, folder.resolve("rows.parquet"));
    }

    @AfterEach
    void everythingMustBeWrittenAndFreed() throws IOException, InterruptedException {
        server.close();
        assertThat(memory.allocator.stats().liveBlocks()).isZero();
        assertThat(memory.server.usedBytes()).isZero();
        for (int i = 0; i < 500 && committedAfterTrim() > RETAINED; i++) {
            Thread.sleep(10); // a thread of the server that runs keeps its slabs until it has ended
        }
        assertThat(committedAfterTrim()).isLessThanOrEqualTo(RETAINED);
        memory.close();
        leaks.close();
        assertThat(leaks.messages()).isEmpty();
        assertThat(idsOfTheFile()).containsExactlyInAnyOrderElementsOf(ids(0, sent));
    }

    private long committedAfterTrim() {
        memory.allocator.trim();
        return memory.allocator.stats().committedBytes();
    }

    private List<Long> idsOfTheFile() throws IOException {
        List<Long> ids = new ArrayList<>();
        LocalInputFile file = new LocalInputFile(folder.resolve("rows.parquet"));
        try (ParquetReader<Group> reader = new ParquetReader.Builder<Group>(file, new PlainParquetConfiguration()) {
            @Override
            protected ReadSupport<Group> getReadSupport() {
                return new GroupReadSupport();
            }
        }.build()) {
            for (Group row = reader.read(); row != null; row = reader.read()) {
                ids.add(row.getLong("id", 0));
            }
        }
        return ids;
    }

    /** Each text has the word "row", and words that no other one has. */
    private static List<String> texts(int batch) {
        Random random = new Random(batch);
        return IntStream.range(0, ROWS)
                .mapToObj(i -> "Row of batch" + batch + " " + Long.toHexString(random.nextLong()))
                .toList();
    }

    /** The ids of the rows of batches. */
    private static List<Long> ids(int first, int count) {
        return LongStream.range((long) first * ROWS, (long) (first + count) * ROWS)
                .boxed()
                .toList();
    }

    /** The page of Prometheus must show each share, and the shares must add up. All clients must be idle. */
    private void requireFigures() throws InterruptedException {
        server.settle();
        Thread.sleep(150); // figures are read anew after a tenth of a second
        String page = memory.page();
        long sum = 0;
        for (Limit user : memory.users()) {
            String labels = "{limit=\"" + user.name() + "\"}";
            assertThat(figure(page, "ashlar_limit_used_bytes" + labels)).isEqualTo(user.usedBytes());
            assertThat(figure(page, "ashlar_limit_limit_bytes" + labels)).isEqualTo(user.limitBytes());
            assertThat(figure(page, "ashlar_limit_refused_total" + labels)).isEqualTo(user.refused());
            sum += user.usedBytes();
        }
        assertThat(sum).isPositive();
        assertThat(figure(page, "ashlar_limit_used_bytes{limit=\"server\"}")).isEqualTo(sum);
        assertThat(figure(page, "ashlar_allocator_allocated_bytes{allocator=\"main\"}"))
                .isEqualTo(sum);
        assertThat(figure(page, "ashlar_allocator_limit_bytes{allocator=\"main\"}"))
                .isEqualTo(256 << 20);
    }

    private static long figure(String page, String sample) {
        Matcher line =
                Pattern.compile("(?m)^" + Pattern.quote(sample) + " (\\S+)$").matcher(page);
        assertThat(line.find()).as("%s in%n%s", sample, page).isTrue();
        return (long) Double.parseDouble(line.group(1));
    }

    @Test
    void mustIndexAndWriteTheRowsOfManyConnections() throws Exception {
        try (BatchClient one = new BatchClient(server.address());
                BatchClient two = new BatchClient(server.address());
                BatchClient three = new BatchClient(server.address())) {
            Race.run(Stream.of(one, two, three).map(this::threeBatches).toList());

            assertThat(server.index.find("row")).containsExactlyInAnyOrderElementsOf(ids(0, sent));
            assertThat(server.index.find("batch7")).containsExactlyInAnyOrderElementsOf(ids(7, 1));
            assertThat(memory.lucene.usedBytes()).isPositive();
            assertThat(memory.parquet.usedBytes()).isPositive();
            requireFigures();
        }
    }

    private Race.Task threeBatches(BatchClient client) {
        int first = sent;
        sent += 3;
        return () -> {
            for (int batch = first; batch < first + 3; batch++) {
                assertThat(client.send((long) batch * ROWS, texts(batch))).isEqualTo("ok");
            }
        };
    }

    private String sendNext(BatchClient client, List<String> texts) throws IOException {
        return client.send((long) sent++ * ROWS, texts);
    }

    @Test
    void fullIndexMustLeaveTheOthersWorking() throws Exception {
        try (BatchClient client = new BatchClient(server.address());
                BatchClient other = new BatchClient(server.address())) {
            String answer = "ok";
            while (answer.equals("ok")) {
                answer = sendNext(client, texts(sent));
            }
            int indexed = sent - 1;
            List<String> refused = texts(indexed);
            assertThat(indexed).isPositive();
            assertThat(answer).startsWith("error ").contains("limit 'lucene'", Integer.toString(INDEX_BYTES));

            // Netty, Arrow and Parquet do their part of the next request, and searches go on.
            assertThat(sendNext(other, refused)).startsWith("error ");
            assertThat(server.index.find("row")).containsExactlyInAnyOrderElementsOf(ids(0, indexed));
            assertThat(memory.users()).filteredOn(user -> user.refused() > 0).containsExactly(memory.lucene);
            requireFigures();

            // With room again, the same texts are indexed.
            server.index.clear();
            assertThat(memory.lucene.usedBytes()).isZero();
            assertThat(sendNext(other, refused)).isEqualTo("ok");
            assertThat(server.index.find("row")).containsExactlyInAnyOrderElementsOf(ids(sent - 1, 1));
        }
    }
}
