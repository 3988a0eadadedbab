package dev.ashlar.verification.application.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Profile;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.insight.Browser;
import dev.ashlar.insight.Dashboard;
import dev.ashlar.insight.optimizer.MemoryOptimizer;
import dev.ashlar.insight.optimizer.OptimizerConfig;
import dev.ashlar.insight.optimizer.OptimizerReport;
import dev.ashlar.insight.rollout.Rollout;
import dev.ashlar.insight.rollout.RolloutReport;
import dev.ashlar.metrics.Watched;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.Race;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The server under load with the optimizer, half of its blocks on another allocator, and a page that shows it all. */
@Timeout(300)
@Tag("unsafe")
class WatchedServerTest {

    private static final int CLIENTS = 2;
    private static final int BATCHES = 10;
    private static final int ROWS = 100;

    private final MemoryOptimizer optimizer = MemoryOptimizer.start(OptimizerConfig.of(Profile.PRODUCTION));
    private final Allocator treatment = Slab.builder().limit("128MiB").build();
    private final Rollout rollout = Rollout.builder(optimizer.allocator(), treatment)
            .share(0.5)
            .sampleEvery(1)
            .memoryAtMost(1_000) // the treatment has none of the large blocks, or all
            .latencyAtMost(99, 1_000)
            .checkedByHand()
            .start();
    private final ServerMemory memory = new ServerMemory(rollout, 32 << 20);
    private final Dashboard dashboard = Dashboard.builder()
            .title("Ingest")
            .interval(Duration.ofMillis(100))
            .allocator("server", rollout)
            .allocator("control", optimizer.allocator())
            .allocator("treatment", treatment)
            .watch(Watched.limit(memory.lucene))
            .serve();

    @TempDir
    private Path folder;

    private IngestServer server;

    @BeforeEach
    void load() throws Exception {
        server = new IngestServer(memory, folder.resolve("rows.parquet"));
        List<Race.Task> clients = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            int first = client * BATCHES;
            clients.add(() -> send(first));
        }
        Race.run(clients);
        server.settle();
    }

    private void send(int first) throws IOException {
        try (BatchClient client = new BatchClient(server.address())) {
            for (int batch = first; batch < first + BATCHES; batch++) {
                List<String> texts = new ArrayList<>();
                for (int row = 0; row < ROWS; row++) {
                    texts.add("Row " + row + " of batch " + batch);
                }
                assertThat(client.send((long) batch * ROWS, texts)).isEqualTo("ok");
            }
        }
    }

    @AfterEach
    void everythingMustBeFreed() throws IOException {
        server.close();
        assertThat(rollout.stats().liveBlocks()).isZero();
        dashboard.close();
        memory.close();
        treatment.close();
        optimizer.close();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = dashboard.uri().resolve(path);
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        }
    }

    @Test
    @EnabledIf("dev.ashlar.insight.Browser#isInstalled") // BrowserTest of insight says that it is left out
    void pageMustHaveTheFiguresOfTheServer() {
        try (Browser browser = Browser.start(folder.resolve("profile"))) {
            browser.open(dashboard.uri().toString());
            AllocatorStats stats = rollout.stats();
            assertThat(stats.liveBlocks()).isPositive(); // the index
            browser.await("#tile-blocks b", grouped(stats.liveBlocks()));
            browser.await("#tile-blocks .exact", grouped(stats.allocations()));
            browser.await("#tile-requested .exact", grouped(stats.requestedBytes()));
            browser.await("#tile-committed .exact", grouped(rollout.stats().committedBytes()));
            browser.await("#comparison", "treatment");
            browser.await("#watched", "lucene");
            assertThat(browser.text("#health")).isEqualTo("up");
            assertThat(browser.console()).isEmpty();
        }
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    @Test
    void probesAndReportsMustTellOfTheSameLoad() throws Exception {
        assertThat(get("health").statusCode()).isEqualTo(200);
        assertThat(get("metrics").body()).contains("ashlar_allocator_live_blocks{allocator=\"treatment\"");

        rollout.check();
        RolloutReport compared = rollout.report();
        assertThat(compared.share()).isEqualTo(0.5);
        assertThat(compared.control().stats().allocations())
                .isEqualTo(optimizer.allocator().stats().allocations());
        assertThat(compared.treatment().stats().allocations()).isPositive();
        assertThat(compared.text()).contains("control", "treatment");

        OptimizerReport report = optimizer.stop();
        assertThat(report.text()).isNotBlank();
        assertThat(report.memory().totals().allocations())
                .isEqualTo(optimizer.allocator().stats().allocations());
    }
}
