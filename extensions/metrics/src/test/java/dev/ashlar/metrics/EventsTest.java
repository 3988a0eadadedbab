package dev.ashlar.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.lockfree.LockFree;
import dev.ashlar.spi.PoolProviders;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recorded events, read from the file. */
class EventsTest {

    private static final String EVENT = "dev.ashlar.AllocatorStatistics";

    private final Allocator allocator = LockFree.builder().limit("64MiB").build();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        allocator.close();
    }

    private List<RecordedEvent> recorded(String event, Runnable work) throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable(event).with("period", "endChunk"); // so that no test waits
            recording.start();
            work.run();
            recording.stop();
            Path file = directory.resolve("recording.jfr");
            recording.dump(file);
            return named(file, event);
        }
    }

    private static List<RecordedEvent> named(Path file, String event) throws IOException {
        return RecordingFile.readAllEvents(file).stream()
                .filter(one -> one.getEventType().getName().equals(event))
                .toList();
    }

    @Test
    void mustRecordTheFiguresOfAnAllocator() throws IOException {
        Watched watched = HandClock.alwaysNew(Watched.allocator("main", allocator));
        try (Registration shown = Events.register(watched)) {
            assertThat(shown).isNotNull();
            MemorySegment block = allocator.allocate(1000, 8);
            List<RecordedEvent> events = recorded(EVENT, () -> {});
            assertThat(events).isNotEmpty();
            RecordedEvent last = events.getLast();
            assertThat(last.getString("name")).isEqualTo("main");
            assertThat(last.getLong("requestedBytes")).isEqualTo(1000);
            assertThat(last.getLong("liveBlocks")).isEqualTo(1);
            assertThat(last.getDouble("utilisation"))
                    .isEqualTo(allocator.stats().utilisation());
            assertThat(last.getEventType().getCategoryNames()).containsExactly("Ashlar");
            allocator.free(block);
        }
        assertThat(recorded(EVENT, () -> {})).isEmpty();
    }

    @Test
    void mustRecordAPool() throws IOException {
        Pool<StringBuilder> pool = PoolProviders.standard()
                .create(PoolConfig.builder(StringBuilder::new).maxIdle(3).build());
        try (pool;
                Registration shown = Events.register(Watched.pool("buffers", pool))) {
            assertThat(shown).isNotNull();
            assertThat(recorded("dev.ashlar.PoolStatistics", () -> {}))
                    .isNotEmpty()
                    .allSatisfy(event -> assertThat(event.getLong("maxIdle")).isEqualTo(3));
        }
    }

    @Test
    void mustKeepOneForEachName() throws IOException {
        Watched watched = Watched.allocator("twice", allocator);
        Registration shown = Events.register(watched);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Events.register(watched))
                .withMessageContaining("twice");
        shown.close();
        try (Registration another = Events.register(watched)) {
            assertThat(another).isNotNull();
            shown.close();
            assertThat(recorded(EVENT, () -> {})).isNotEmpty();
        }
    }

    @Test
    void mustKeepNoNameOfWhatItRefuses() {
        Figure<Integer> unusable = new Figure<>("name", Figure.Kind.NUMBER, "A name.", one -> one);
        Figure<Integer> usable = new Figure<>("depth", Figure.Kind.NUMBER, "A depth.", one -> one);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Events.register(Watched.of("tier", "x", () -> 1, List.of(unusable))));
        try (Registration shown = Events.register(Watched.of("tier", "x", () -> 1, List.of(usable)))) {
            assertThat(shown).isNotNull();
        }
    }

    @Test
    void mustEndWithWhatIsWatched() throws IOException {
        Watched watched = Watched.allocator("ends", allocator);
        Registration shown = Events.register(watched);
        recorded(EVENT, watched::close);
        assertThat(recorded(EVENT, () -> {})).isEmpty();
        shown.close();
    }

    /** With the command of the documentation, as jcmd passes it to the JVM. */
    @Test
    void mustRecordByThePeriodThatIsSetAsDocumented() throws Exception {
        Matcher command =
                Pattern.compile("`jcmd <pid> JFR.start (\\S+)`").matcher(Files.readString(Path.of("README.md")));
        assertThat(command.find()).isTrue();
        assertThat(command.group(1)).endsWith("#period=1s");
        CountDownLatch twice = new CountDownLatch(3);
        Watched watched = HandClock.alwaysNew(Watched.of(
                "allocator",
                "documented",
                () -> {
                    twice.countDown();
                    return allocator.stats();
                },
                Figures.ALLOCATOR));
        Path file = directory.resolve("documented.jfr");
        try (Registration shown = Events.register(watched)) {
            assertThat(shown).isNotNull();
            diagnose("jfrStart", "name=documented", command.group(1));
            assertThat(twice.await(Duration.ofSeconds(30).toMillis(), TimeUnit.MILLISECONDS))
                    .isTrue();
            diagnose("jfrStop", "name=documented", "filename=" + file);
        }
        assertThat(named(file, EVENT)).isNotEmpty();
    }

    private static void diagnose(String command, String... arguments) throws JMException {
        ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        command,
                        new Object[] {arguments},
                        new String[] {String[].class.getName()});
    }
}
