package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.metrics.Events;
import dev.ashlar.metrics.Figure;
import dev.ashlar.metrics.Watched;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.Recording;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {

    private static final Pattern DATA = Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>");

    @TempDir
    private Path folder;

    /** The data in a page. */
    static Map<String, Object> dataOf(Path page) throws IOException {
        Matcher matcher = DATA.matcher(Files.readString(page));
        assertThat(matcher.find()).isTrue();
        return JSON.std.mapFrom(matcher.group(1));
    }

    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> list(Map<String, Object> data, String name) {
        return (List<Map<String, Object>>) Objects.requireNonNull(data.get(name));
    }

    @Test
    void mustMakeAPageOfWhatWasRecorded() throws IOException {
        Path file = folder.resolve("recording.jfr");
        long committed;
        try (Recording recording = new Recording();
                AdaptiveAllocator allocator = Adaptive.builder()
                        .limit("1MiB")
                        .housekeeping(Adaptive.Housekeeping.MANUAL)
                        .build();
                Watched main = Watched.allocator("main", allocator);
                Watched hops = Watched.of(
                        "hop",
                        "first",
                        () -> 7L,
                        List.of(new Figure<>("count", Figure.Kind.NUMBER, "A count", Long::doubleValue)))) {
            recording.enable("dev.ashlar.AllocatorStatistics").with("period", "endChunk");
            recording.enable("dev.ashlar.HopStatistics").with("period", "endChunk");
            Events.register(main);
            Events.register(hops);
            recording.start();
            allocator.free(allocator.allocate(100, 8));
            assertThat(allocator.tryAllocate(2 << 20, 8)).isNull();
            committed = allocator.stats().committedBytes();
            recording.stop();
            recording.dump(file);
        }
        Path page = folder.resolve("page.html");
        Run run = Run.of("explain", file.toString(), "--output=" + page);
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();

        Map<String, Object> data = dataOf(page);
        assertThat(data).containsEntry("title", "Recording recording.jfr").containsEntry("axis", "TIME");
        assertThat(list(data, "allocators"))
                .singleElement()
                .satisfies(main -> assertThat(main)
                        .containsEntry("name", "main")
                        .containsEntry("allocations", 1)
                        .containsEntry("refused", 1)
                        .containsEntry("limitBytes", 1 << 20)
                        .containsEntry("committedBytes", (int) committed));
        assertThat(list(data, "watched"))
                .singleElement()
                .satisfies(hop ->
                        assertThat(hop).containsEntry("type", "hop").containsEntry("figures", Map.of("count", 7)));
        assertThat(list(data, "events")).extracting(event -> event.get("kind")).contains("ChunkTaken");
        assertThat(list(data, "events"))
                .filteredOn(event -> "AllocationFailed".equals(event.get("kind")))
                .singleElement()
                .satisfies(event -> assertThat((String) event.get("text"))
                        .contains("byte size 2,097,152 bytes", "limit 1,048,576 bytes"));
    }

    @Test
    void mustSayWhatARecordingLacks() throws IOException {
        Path empty = folder.resolve("empty.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            recording.stop();
            recording.dump(empty);
        }
        Run run = Run.of(
                "explain", empty.toString(), "-o", folder.resolve("page.html").toString());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("no events of Ashlar", "Events.register");
        Run missing = Run.of("explain", folder.resolve("missing.jfr").toString());
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err()).contains("cannot read").contains("missing.jfr");
    }

    /** Replays a trace on slab and tlsf, and writes the page. */
    static Run replayed(Path page) {
        Run run = Run.of(
                "replay",
                "--no-fork",
                "--runs=1",
                "--warmup=0",
                "--strategies=slab,tlsf",
                "--html=" + page,
                "sqlite-small");
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    @Test
    void mustWriteAReplayAsAPage() throws IOException {
        Path page = folder.resolve("replay.html");
        Run run = replayed(page);
        assertThat(run.out()).contains("slab", "tlsf");
        Map<String, Object> data = dataOf(page);
        assertThat(data).containsEntry("axis", "EVENTS");
        assertThat(list(data, "allocators")).extracting(one -> one.get("name")).containsExactly("slab", "tlsf");
        assertThat(list(data, "allocators"))
                .allSatisfy(one ->
                        assertThat(one).containsKeys("nsPerEvent", "peakCommittedBytes", "hitRate", "utilisation"));
        assertThat((Map<?, ?>) data.get("samples"))
                .hasSize(2)
                .allSatisfy((_, columns) -> assertThat((List<?>) ((Map<?, ?>) columns).get("committedBytes"))
                        .hasSizeGreaterThan(50)
                        .doesNotContainNull());
        @SuppressWarnings("unchecked")
        Map<String, Object> maps = (Map<String, Object>) Objects.requireNonNull(data.get("maps"));
        assertThat(list(data, "allocators")).allSatisfy(one -> {
            double requested = ((Number) Objects.requireNonNull(one.get("peakRequestedBytes"))).doubleValue();
            double waste = ((Number) Objects.requireNonNull(one.get("internalFragmentation"))).doubleValue();
            assertThat(liveBytes(maps, one.get("name")))
                    .as("live in the map of %s, when most bytes are live", one.get("name"))
                    .isCloseTo(requested / (1 - waste), Offset.offset(1.0));
        });
    }

    @SuppressWarnings("unchecked")
    private static double liveBytes(Map<String, Object> maps, @Nullable Object name) {
        Map<String, Object> map = (Map<String, Object>) Objects.requireNonNull(maps.get(String.valueOf(name)));
        return list(map, "chunks").stream()
                .flatMap(chunk -> list(chunk, "places").stream())
                .mapToDouble(place -> ((Number) Objects.requireNonNull(place.get("live"))).doubleValue())
                .sum();
    }
}
