package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.testkit.TestLength;
import dev.ashlar.verification.application.SickProgram.Illness;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is wrong with a program comes first in the advice to it. Each program runs in a JVM of its own, with a heap that
 * makes the illness plain. The page {@code extensions/insight/docs/advice.md} has what each was told.
 */
class SickProgramsTest {

    private static final String NOTHING = "nothing";

    /** What each program was told, for people. */
    private static final Path ADVICE = Path.of("target/advice.txt");

    /** The illness, the options of the JVM, and the bottleneck that must come first. */
    static Stream<Arguments> programs() {
        Stream<Arguments> always = Stream.of(
                program(Illness.NONE, NOTHING, "-XX:+UseG1GC", "-Xmx64m"),
                program(Illness.HUMONGOUS, "HUMONGOUS_OBJECTS", "-XX:+UseG1GC", "-Xmx128m"),
                program(Illness.GARBAGE, "FREQUENT_YOUNG_COLLECTIONS", "-XX:+UseSerialGC", "-Xmx64m", "-Xmn4m"),
                program(Illness.IDLE, "HEAP_TOO_LARGE", "-XX:+UseZGC", "-Xms512m", "-Xmx512m"));
        return Stream.concat(
                always,
                TestLength.of(0, 1) == 0
                        ? Stream.empty()
                        : Stream.of("G1", "Parallel", "Serial", "Z").flatMap(SickProgramsTest::withCollector));
    }

    /** ZGC does not mind large objects, and works beside the program. It needs more memory for itself. */
    private static Stream<Arguments> withCollector(String name) {
        String collector = "-XX:+Use" + name + "GC";
        boolean isZ = name.equals("Z");
        return Stream.of(
                program(Illness.NONE, NOTHING, collector, "-Xmx64m"),
                program(Illness.HUMONGOUS, name.equals("G1") ? "HUMONGOUS_OBJECTS" : NOTHING, collector, "-Xmx128m"),
                program(
                        Illness.GARBAGE,
                        "FREQUENT_YOUNG_COLLECTIONS",
                        collector,
                        isZ ? "-Xmx128m" : "-Xmx64m",
                        "-Xmn4m"),
                program(Illness.CROWDED, "HEAP_TOO_SMALL", collector, "-Xmx100m"),
                program(Illness.FULL, "HIGH_OCCUPANCY", collector, isZ ? "-Xmx120m" : "-Xmx110m"),
                program(Illness.PAUSES, isZ ? NOTHING : "LONG_PAUSES", collector, "-Xmx400m"),
                program(Illness.MIDDLE_AGED, isZ ? NOTHING : "TIME_IN_COLLECTOR", collector, "-Xmx256m", "-Xmn32m"),
                program(Illness.IDLE, "HEAP_TOO_LARGE", collector, "-Xms512m", "-Xmx512m"));
    }

    private static Arguments program(Illness illness, String first, String... options) {
        return Arguments.of(illness, first, List.of(options));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void mustBeToldFirstWhatIsWrong(Illness illness, String first, List<String> options) throws Exception {
        String millis = String.valueOf(TestLength.of(1000, 2500));
        String printed = OtherJvm.errorsOf(SickProgram.class, options, illness.name(), millis);
        String title = illness + " " + String.join(" ", options) + System.lineSeparator();
        Files.writeString(ADVICE, title + printed, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        assertThat(firstOf(printed)).as(printed).isEqualTo(first);
    }

    private static String firstOf(String printed) {
        List<String> lines = printed.lines().toList();
        int title = lines.indexOf("bottlenecks");
        return title < 0 ? NOTHING : lines.get(title + 1).strip().split("[ :]", 3)[1];
    }
}
