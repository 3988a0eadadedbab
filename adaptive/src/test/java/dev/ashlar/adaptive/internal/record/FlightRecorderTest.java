package dev.ashlar.adaptive.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.AllocationHints.Lifetime;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recorded events, read from the file. */
class FlightRecorderTest {

    private static final String SAMPLE = "dev.ashlar.AllocationSample";

    private static final Path WATCHING = Path.of("docs/watching.md");

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
        return Adaptive.builder()
                .limit(64 << 20)
                .housekeeping(Housekeeping.MANUAL)
                .build();
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
        assertThat(taken.getFirst().getLong("byteSize")).isPositive();
        assertThat(taken.getFirst().getLong("committedBytes"))
                .isEqualTo(taken.getFirst().getLong("byteSize"));
        assertThat(taken.getFirst().getStackTrace().getFrames())
                .anySatisfy(frame -> assertThat(frame.getMethod().getType().getName())
                        .startsWith(FlightRecorderTest.class.getName()));
        long out = taken.stream().mapToLong(event -> event.getLong("byteSize")).sum();
        long back = named(events, "ChunkReturned").stream()
                .mapToLong(event -> event.getLong("byteSize"))
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
        assertThat(failed.getLong("byteSize")).isEqualTo(65 << 20);
        assertThat(failed.getLong("byteAlignment")).isEqualTo(16);
        assertThat(failed.getLong("limitBytes")).isEqualTo(64 << 20);
    }

    @Test
    void mustRecordDecisionsWithTheirFigures() throws IOException {
        Recorder recorder = Recorder.ofJvm();
        Instant now = Instant.EPOCH;
        List<RecordedEvent> events = recorded(() -> {
            recorder.happened(new AllocatorEvent.RetentionChanged(now, "tier small", 100, 120, 0.85, 90));
            recorder.happened(new AllocatorEvent.TableSwitched(now, "small", List.of(24, 40), 0.1, 0.05, 1234));
            recorder.happened(new AllocatorEvent.AlertRaised(now, Alert.PRESSURE, "the limit", 0.95, 0.9));
            recorder.happened(new AllocatorEvent.AlertEnded(now, Alert.PRESSURE, "the limit", 0.8));
            recorder.happened(new AllocatorEvent.IdleReturned(now, "small", 4096, 512));
            recorder.happened(new AllocatorEvent.PressureReached(now, 99, 100));
            recorder.happened(new AllocatorEvent.StrategyReplaced(now, "small", "slab", "tlsf"));
            recorder.happened(new AllocatorEvent.LargeBlocksRerouted(now, "large", "tlsf"));
        });
        RecordedEvent resized = only(events, "RetentionChanged");
        assertThat(resized.getString("what")).isEqualTo("tier small");
        assertThat(resized.getLong("from")).isEqualTo(100);
        assertThat(resized.getLong("to")).isEqualTo(120);
        assertThat(resized.getDouble("hitRate")).isEqualTo(0.85);
        assertThat(resized.getLong("inUse")).isEqualTo(90);
        RecordedEvent switched = only(events, "TableSwitched");
        assertThat(switched.getString("sizes")).isEqualTo("[24, 40]");
        assertThat(switched.getDouble("wasteBefore")).isEqualTo(0.1);
        assertThat(switched.getDouble("wasteNow")).isEqualTo(0.05);
        assertThat(switched.getLong("samples")).isEqualTo(1234);
        assertThat(only(events, "AlertRaised").getString("alert")).isEqualTo("PRESSURE");
        assertThat(only(events, "AlertRaised").getDouble("threshold")).isEqualTo(0.9);
        assertThat(only(events, "AlertEnded").getDouble("figure")).isEqualTo(0.8);
        assertThat(only(events, "StrategyReplaced").getString("wanted")).isEqualTo("slab");
        assertThat(only(events, "IdleReturned").getLong("keptBytes")).isEqualTo(512);
        assertThat(only(events, "LargeBlocksRerouted").getString("by")).isEqualTo("tlsf");
        assertThat(only(events, "PressureReached").getLong("limitBytes")).isEqualTo(100);
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
                    assertThat(sample.getLong("byteSize")).isEqualTo(128);
                    assertThat(sample.getString("tag")).isNull();
                })
                .anySatisfy(sample -> {
                    assertThat(sample.getLong("byteSize")).isEqualTo(256);
                    assertThat(sample.getString("tag")).isEqualTo("packets");
                })
                .allSatisfy(sample -> assertThat(sample.getStackTrace().getFrames())
                        .anySatisfy(
                                frame -> assertThat(frame.getMethod().getName()).isEqualTo("work")));
    }

    /** As many frames as the documentation recommends. */
    private static final int SHOWN_FRAMES = 20;

    @Test
    void mustShowWhoAskedInTheFramesThatTheDocumentationHasPrinted() throws IOException {
        assertThat(Files.readString(WATCHING)).contains("jfr print --stack-depth " + SHOWN_FRAMES + " ");
        List<RecordedEvent> events = recorded(
                () -> {
                    work();
                    try (AdaptiveAllocator allocator = allocator()) {
                        assertThat(allocator.tryAllocate(65 << 20, 16)).isNull();
                        allocator.free(allocator.allocate(100_000, 8, AllocationHints.NONE.withTag("tag")));
                    }
                },
                SAMPLE);

        for (String name : List.of("AllocationSample", "ChunkTaken", "AllocationFailed")) {
            assertThat(named(events, name))
                    .isNotEmpty()
                    .allSatisfy(event -> assertThat(
                                    event.getStackTrace().getFrames().stream().limit(SHOWN_FRAMES))
                            .anySatisfy(frame -> assertThat(
                                            frame.getMethod().getType().getName())
                                    .startsWith(FlightRecorderTest.class.getName())));
        }
    }

    /** With the command of the documentation, as jcmd passes it to the JVM. */
    @Test
    void mustSampleAllocationsWhenARecordingIsStartedAsDocumented() throws Exception {
        Matcher command = Pattern.compile("`jcmd <pid> JFR.start (\\S+)`").matcher(Files.readString(WATCHING));
        assertThat(command.find()).isTrue();
        Path file = directory.resolve("documented.jfr");
        diagnose("jfrStart", "name=documented", command.group(1));
        work();
        diagnose("jfrStop", "name=documented", "filename=" + file);

        assertThat(named(RecordingFile.readAllEvents(file), "AllocationSample")).isNotEmpty();
    }

    private static void diagnose(String command, String... arguments) throws JMException {
        ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        command,
                        new Object[] {arguments},
                        new String[] {String[].class.getName()});
    }

    /** The strategy for large blocks changes while the allocator serves them. */
    @Test
    void mustRecordThatLargeBlocksAreReroutedWhenTheyBecomeFrequent() throws IOException {
        List<RecordedEvent> events = recorded(() -> {
            try (AdaptiveAllocator allocator = allocator()) {
                for (int i = 0; i < 100; i++) {
                    allocator.free(allocator.allocate(100_000, 8));
                }
            }
        });
        assertThat(only(events, "LargeBlocksRerouted").getString("tier")).isNotBlank();
    }

    @Test
    void mustSampleNothingUnlessARecordingAsksForIt() throws IOException {
        assertThat(named(recorded(FlightRecorderTest::work), "AllocationSample"))
                .isEmpty();
        assertThat(Recorder.ofJvm().wantsAllocations()).isFalse();
    }
}
