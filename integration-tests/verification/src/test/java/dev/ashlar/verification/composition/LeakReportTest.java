package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks that are live at a close are reported once, under one name, without any logging set up. */
class LeakReportTest {

    private final Logger logger = Logger.getLogger("dev.ashlar.leaks");
    private final List<String> reports = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord report) {
            reports.add(report.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    private static Allocator create(String strategy) {
        return AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustReportBlocksOfEverySizeOnce(String strategy) {
        Allocator allocator = create(strategy);
        allocator.allocate(100);
        allocator.allocate(30_000);
        allocator.allocate(3 << 20);
        allocator.close();
        allocator.close();
        assertThat(reports).singleElement().asString().contains("3 live blocks of " + (30_100 + (3 << 20)) + " bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"slab", "lockfree", "buddy", "tlsf", "arena", "adaptive"})
    void mustReportNothingWhenEverythingWasFreed(String strategy) {
        try (Allocator allocator = create(strategy)) {
            allocator.free(allocator.allocate(100));
        }
        assertThat(reports).isEmpty();
    }

    @Test
    void mustReportBlocksOfALimitedView() {
        try (Allocator allocator = create("slab")) {
            Allocator limited = Allocators.limited(allocator, 1000);
            var block = limited.allocate(96);
            limited.close();
            assertThat(reports).singleElement().asString().contains("1 live blocks of 96 bytes");
            limited.free(block);
        }
        assertThat(reports).hasSize(1);
    }
}
