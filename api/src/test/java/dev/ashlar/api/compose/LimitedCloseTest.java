package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.Confinable;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a limited view reports when it is closed; {@link CompositionsTest} has what it does. */
class LimitedCloseTest {

    private final Logger logger = Logger.getLogger("dev.ashlar.leaks");
    private final List<LogRecord> reports = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord report) {
            reports.add(report);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final CapableAllocator upstream = new CapableAllocator(10_000);
    private final Allocator limited = Allocators.limited(upstream, 1000);

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
        upstream.close();
    }

    @Test
    void mustReportLiveBlocksOnce() {
        limited.allocate(30);
        limited.allocate(400);
        limited.close();
        limited.close();
        assertThat(reports).singleElement().satisfies(report -> {
            assertThat(report.getLevel()).isEqualTo(Level.WARNING);
            assertThat(report.getMessage()).contains("2 live blocks of 430 bytes");
        });
    }

    @Test
    void mustReportNothingWhenEverythingWasFreed() {
        limited.free(limited.allocate(30));
        limited.close();
        assertThat(reports).isEmpty();
    }

    @Test
    void mustNotReportBlocksOfAConfinedView() {
        Allocator view = limited.as(Confinable.class).orElseThrow().confined();
        limited.free(view.allocate(10));
        view.allocate(20);
        view.close();
        assertThat(reports).isEmpty();
    }
}
