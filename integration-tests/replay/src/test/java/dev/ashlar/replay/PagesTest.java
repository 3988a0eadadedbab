package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.insight.Browser;
import dev.ashlar.metrics.Events;
import dev.ashlar.metrics.Watched;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import jdk.jfr.Recording;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The pages of the commands in a real browser. */
@EnabledIf("dev.ashlar.insight.Browser#isInstalled") // BrowserTest of insight says that it is left out
class PagesTest {

    @TempDir
    private static Path profile;

    private static Browser browser;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        browser = Browser.start(profile);
    }

    @AfterAll
    static void end() {
        browser.close();
    }

    @AfterEach
    void mustHaveNothingInTheConsole() {
        assertThat(browser.console()).isEmpty();
    }

    /** The peak on the page is that in its data, which ExplainCommandTest compares with what happened. */
    private static void mustShowThePeakOfTheFirst(Path page) throws IOException {
        Number peak =
                (Number) Objects.requireNonNull(ExplainCommandTest.list(ExplainCommandTest.dataOf(page), "allocators")
                        .getFirst()
                        .get("peakCommittedBytes"));
        assertThat(browser.text("#tile-peak .exact"))
                .isEqualTo(String.format(Locale.ROOT, "%,d bytes", peak.longValue()));
    }

    @Test
    void replayMustShowWhatEachStrategyHeld() throws IOException {
        Path page = folder.resolve("replay.html");
        ExplainCommandTest.replayed(page);
        browser.open(page.toUri().toString());
        browser.await("#summary", "chunks");
        assertThat(browser.text("#allocator")).contains("slab", "tlsf");
        mustShowThePeakOfTheFirst(page);
    }

    @Test
    void explainMustShowFiguresAndDecisions() throws IOException {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording();
                AdaptiveAllocator allocator = Adaptive.builder()
                        .housekeeping(Adaptive.Housekeeping.MANUAL)
                        .build();
                Watched main = Watched.allocator("main", allocator)) {
            recording.enable("dev.ashlar.AllocatorStatistics").with("period", "endChunk");
            Events.register(main);
            recording.start();
            allocator.free(allocator.allocate(100, 8));
            recording.stop();
            recording.dump(file);
        }
        Path page = folder.resolve("explained.html");
        Run run = Run.of("explain", file.toString(), "--output=" + page);
        assertThat(run.exitCode()).as(run.err()).isZero();
        browser.open(page.toUri().toString());
        browser.await("#history", "Chunk taken");
        assertThat(browser.text("#history")).contains("small+medium");
        mustShowThePeakOfTheFirst(page);
    }
}
