package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.cache.OffHeapCache;
import dev.ashlar.cache.metrics.CacheFigures;
import dev.ashlar.insight.Dashboard;
import dev.ashlar.insight.Report;
import dev.ashlar.lockfree.LockFreePools;
import dev.ashlar.spi.Ashlar;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code that shows memory in pages. */
class InsightPagesCodeTest {

    @TempDir
    private Path folder;

    private static void run() {}

    @Test
    void pages() throws IOException {
        Path file = folder.resolve("report.html");
        Pool<StringBuilder> pool =
                LockFreePools.create(PoolConfig.builder(StringBuilder::new).build());
        try (pool;
                Allocator allocator = Ashlar.allocator();
                OffHeapCache<String> cache =
                        OffHeapCache.<String>builder(allocator, 1 << 20).build()) {
            // @start region="pages"
            try (Dashboard dashboard = Dashboard.builder()
                    .allocator("requests", allocator)
                    .pool("buffers", pool)
                    .watch(CacheFigures.watched("pages", cache))
                    .serve()) {
                System.out.println("Look at " + dashboard.uri());
                run();
                dashboard.report().write(file);
            }
            // @end
        }
        assertThat(file).content().contains("requests", "buffers", "diskBytes");
    }

    @Test
    void dashboard() {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="dashboard"
            try (Dashboard dashboard = Dashboard.serve(allocator)) {
                System.out.println("Look at " + dashboard.uri());
                run();
            }
            // @end
        }
    }

    @Test
    void report() throws IOException {
        Path file = folder.resolve("report.html");
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="report"
            Report.of(allocator).write(file);
            // @end
        }
        assertThat(file).content().startsWith("<!doctype html>");
    }
}
