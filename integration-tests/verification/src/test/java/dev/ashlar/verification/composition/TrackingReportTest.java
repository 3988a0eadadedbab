package dev.ashlar.verification.composition;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.LeakyProgram;
import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.api.compose.TrackingReport;
import dev.ashlar.slab.Slab;
import dev.ashlar.testkit.LeakLog;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What reports of tracking say, in each form. */
class TrackingReportTest {

    private final LeakLog log = new LeakLog();
    private final Allocator slab = Slab.allocator();

    @AfterEach
    void close() {
        slab.close();
        log.close();
    }

    private static Tracking every(String name, Tracking.Unreachable unreachable) {
        return Tracking.builder()
                .bytesPerSample(Tracking.ALL)
                .name(name)
                .unreachable(unreachable)
                .build();
    }

    @Test
    void jsonMustSayWhatTheRecordSays() throws IOException {
        String name = "a \"name\" \\ with\n\u00e9\ud83d\ude00\ud800";
        Allocator tracking = Allocators.tracking(slab, every(name, Tracking.Unreachable.IGNORED));
        MemorySegment page = LeakyProgram.leakPage(tracking);
        MemorySegment other = tracking.allocate(10, 8, AllocationHints.NONE.withTag("\u2028"));
        TrackingReport report = tracking.as(Tracked.class).orElseThrow().report();

        Map<String, Object> parsed = JSON.std.mapFrom(report.json());

        assertThat(parsed)
                .containsEntry("name", report.name())
                .containsEntry("kind", report.kind().name())
                .containsEntry("since", report.since().toString())
                .containsEntry("at", report.at().toString())
                .containsEntry("perSample", 1)
                .containsEntry("samples", 2)
                .containsEntry("liveBlocks", 2)
                .containsEntry("liveBytes", 4106)
                .hasSize(9);
        List<?> sites = (List<?>) parsed.get("sites");
        assertThat(sites).hasSize(report.sites().size());
        for (int i = 0; i < sites.size(); i++) {
            TrackingReport.Site site = report.sites().get(i);
            assertThat((Map<?, ?>) sites.get(i))
                    .isEqualTo(Map.ofEntries(
                            Map.entry("tag", String.valueOf(site.tag())),
                            Map.entry(
                                    "frames",
                                    site.frames().stream()
                                            .map(StackTraceElement::toString)
                                            .toList()),
                            Map.entry("samples", (int) site.samples()),
                            Map.entry("liveBlocks", (int) site.liveBlocks()),
                            Map.entry("liveBytes", (int) site.liveBytes()),
                            Map.entry("oldest", site.oldest().toString()),
                            Map.entry("unreachableBlocks", (int) site.unreachableBlocks()),
                            Map.entry("allocatedBlocks", (int) site.allocatedBlocks()),
                            Map.entry("allocatedBytes", (int) site.allocatedBytes()),
                            Map.entry("freedBlocks", (int) site.freedBlocks()),
                            Map.entry("freedBytes", (int) site.freedBytes())));
        }
        tracking.freeAll(List.of(page, other));
        assertThat(JSON.std.mapFrom(
                        tracking.as(Tracked.class).orElseThrow().report().json()))
                .containsEntry("liveBlocks", 0);
    }

    @Test
    void closeMustLogWhatIsLiveOnce() {
        Allocator tracking = Allocators.tracking(slab, every("cache", Tracking.Unreachable.IGNORED));
        MemorySegment page = LeakyProgram.leakPage(tracking);
        tracking.free(tracking.allocate(10));

        tracking.close();
        tracking.close();

        assertThat(log.messages())
                .singleElement()
                .asString()
                .startsWith("""
                        'cache' is closed with 1 live block of 4096 bytes, allocated at
                          4096 bytes in 1 block, the oldest\s""")
                .contains("\n    tag 'page'\n")
                .contains("com.example.LeakyProgram.leakPage(LeakyProgram.java:");
        tracking.free(page);
    }

    @Test
    void closeMustLogNothingIfNothingIsLive() {
        Allocator tracking = Allocators.tracking(slab, every("cache", Tracking.Unreachable.IGNORED));
        tracking.free(LeakyProgram.leakPage(tracking));
        tracking.close();
        assertThat(log.messages()).isEmpty();
    }

    @Test
    void blockThatNoCodeHasMustBeLoggedOnceForEachPlace() throws InterruptedException {
        Allocator tracking = Allocators.tracking(slab, every("cache", Tracking.Unreachable.REPORTED));
        for (int i = 0; i < 3; i++) {
            LeakyProgram.leakPage(tracking);
        }
        for (int i = 0; i < 200 && unreachable(tracking) < 3; i++) {
            System.gc();
            Thread.sleep(10);
        }

        assertThat(unreachable(tracking)).isEqualTo(3);
        assertThat(log.messages()).singleElement().asString().matches("""
                        (?s)'cache': no code has a block of 4096 bytes at 0x[0-9a-f]+ any more, and it was not freed.\
                         Further ones of this place are not logged. It was allocated by thread \\S+ at
                            tag 'page'
                            at .*com.example.LeakyProgram.leakPage.*""");
    }

    private static long unreachable(Allocator tracking) {
        return tracking.as(Tracked.class).orElseThrow().report().sites().stream()
                .mapToLong(TrackingReport.Site::unreachableBlocks)
                .sum();
    }
}
