package dev.ashlar.adaptive.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveConfig.Housekeeping;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.spi.AllocatorConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is recorded, read back from the file. */
class FlightRecorderTest {

    private static final String SAMPLE = "dev.ashlar.AllocationSample";

    @TempDir
    private Path directory;

    /** Does something while everything is recorded. */
    private List<RecordedEvent> recorded(Runnable work, String... alsoEnabled) throws IOException {
        try (Recording recording = new Recording()) {
            for (String name : alsoEnabled) {
                recording.enable(name);
            }
            recording.start();
            work.run();
            recording.stop();
            Path file = directory.resolve("recording.jfr");
            recording.dump(file);
            return RecordingFile.readAllEvents(file);
        }
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("dev.ashlar." + name))
                .toList();
    }

    private static RecordedEvent only(List<RecordedEvent> events, String name) {
        List<RecordedEvent> found = named(events, name);
        assertThat(found).as(name).hasSize(1);
        return found.getFirst();
    }

    private static AdaptiveAllocator allocator() {
        return AdaptiveAllocator.create(AllocatorConfig.builder()
                .limitBytes(64 << 20)
                .settings(AdaptiveConfig.builder()
                        .housekeeping(Housekeeping.MANUAL)
                        .build())
                .build());
    }

    @Test
    void mustRecordChunksAsTheyComeAndGoWithTheStackThatNeededThem() throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (AdaptiveAllocator allocator = allocator()) {
                allocator.free(allocator.allocate(64, 8));
                assertThat(allocator.trim()).isPositive();
            }
        });
        List<RecordedEvent> taken = named(events, "ChunkTaken");
        assertThat(taken).isNotEmpty();
        assertThat(taken.getFirst().getString("tier")).isNotBlank();
        assertThat(taken.getFirst().getLong("size")).isPositive();
        assertThat(taken.getFirst().getLong("committed"))
                .isEqualTo(taken.getFirst().getLong("size"));
        assertThat(taken.getFirst().getStackTrace().getFrames())
                .anySatisfy(frame -> assertThat(frame.getMethod().getType().getName())
                        .startsWith(FlightRecorderTest.class.getName()));
        long out = taken.stream().mapToLong(event -> event.getLong("size")).sum();
        long back = named(events, "ChunkReturned").stream()
                .mapToLong(event -> event.getLong("size"))
                .sum();
        assertThat(back).isEqualTo(out);
    }

    @Test
    void mustRecordWhatCouldNotBeServed() throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (AdaptiveAllocator allocator = allocator()) {
                assertThat(allocator.tryAllocate(65 << 20, 16)).isNull();
            }
        });
        RecordedEvent failed = only(events, "AllocationFailed");
        assertThat(failed.getLong("size")).isEqualTo(65 << 20);
        assertThat(failed.getLong("alignment")).isEqualTo(16);
        assertThat(failed.getLong("limit")).isEqualTo(64 << 20);
    }

    @Test
    void mustRecordDecisionsWithTheirFigures() throws IOException {
        Recorder recorder = Recorder.ofJvm();
        Instant now = Instant.EPOCH;
        List<RecordedEvent> events = recorded(() -> {
            recorder.happened(new AllocatorEvent.CapacityResized(now, "tier small", 100, 120, 0.85, 90));
            recorder.happened(new AllocatorEvent.TableSwitched(now, "small", List.of(24, 40), 0.1, 0.05, 1234));
            recorder.happened(new AllocatorEvent.AlertRaised(now, Alert.PRESSURE, "the limit", 0.95, 0.9));
            recorder.happened(new AllocatorEvent.AlertEnded(now, Alert.PRESSURE, "the limit", 0.8));
            recorder.happened(new AllocatorEvent.IdleReturned(now, "small", 4096, 512));
            recorder.happened(new AllocatorEvent.PressureReached(now, 99, 100));
            recorder.happened(new AllocatorEvent.StrategyReplaced(now, "small", "slab", "tlsf"));
            recorder.happened(new AllocatorEvent.LargeBlocksRerouted(now, "large", "tlsf"));
        });
        RecordedEvent resized = only(events, "CapacityResized");
        assertThat(resized.getString("what")).isEqualTo("tier small");
        assertThat(resized.getLong("from")).isEqualTo(100);
        assertThat(resized.getLong("to")).isEqualTo(120);
        assertThat(resized.getDouble("hitRate")).isEqualTo(0.85);
        assertThat(resized.getLong("inUse")).isEqualTo(90);
        RecordedEvent switched = only(events, "ClassTableSwitched");
        assertThat(switched.getString("sizes")).isEqualTo("[24, 40]");
        assertThat(switched.getDouble("wasteBefore")).isEqualTo(0.1);
        assertThat(switched.getDouble("wasteNow")).isEqualTo(0.05);
        assertThat(switched.getLong("requests")).isEqualTo(1234);
        assertThat(named(events, "Alert"))
                .extracting(event -> event.getString("alert"), event -> event.getBoolean("raised"))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("PRESSURE", true),
                        org.assertj.core.groups.Tuple.tuple("PRESSURE", false));
        assertThat(only(events, "IdleMemoryReturned").getLong("kept")).isEqualTo(512);
        assertThat(only(events, "LargeBlocksRerouted").getString("by")).isEqualTo("tlsf");
        assertThat(only(events, "MemoryPressure").getLong("limit")).isEqualTo(100);
    }

    private static void work() {
        try (AdaptiveAllocator allocator = allocator()) {
            for (int i = 0; i < 10; i++) {
                allocator.free(allocator.allocate(128, 8));
                allocator.free(
                        allocator.allocate(256, 8, new AllocationHints(Lifetime.MEDIUM, Access.RANDOM, "packets")));
            }
        }
    }

    @Test
    void mustSampleAllocationsWithSizeTagAndStackWhenARecordingAsksForIt() throws IOException {
        List<RecordedEvent> samples = named(recorded(FlightRecorderTest::work, SAMPLE), "AllocationSample");
        assertThat(samples)
                .anySatisfy(sample -> {
                    assertThat(sample.getLong("size")).isEqualTo(128);
                    assertThat(sample.getString("tag")).isNull();
                })
                .anySatisfy(sample -> {
                    assertThat(sample.getLong("size")).isEqualTo(256);
                    assertThat(sample.getString("tag")).isEqualTo("packets");
                })
                .allSatisfy(sample -> assertThat(sample.getStackTrace().getFrames())
                        .anySatisfy(
                                frame -> assertThat(frame.getMethod().getName()).isEqualTo("work")));
    }

    @Test
    void mustSampleNothingUnlessARecordingAsksForIt() throws IOException {
        assertThat(named(recorded(FlightRecorderTest::work), "AllocationSample"))
                .isEmpty();
        assertThat(Recorder.ofJvm().wantsAllocations()).isFalse();
    }
}
