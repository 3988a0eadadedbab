package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** How much memory of the process is left after a burst, in JVMs with the same options. */
@EnabledOnOs(OS.LINUX)
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // two processes that wait for some seconds
class BurstMemoryTest {

    private static final Pattern GROWTH = Pattern.compile("growth (\\d+)");

    private static long growthWith(String buffers) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms512m",
                        "-Xmx512m",
                        "-XX:+AlwaysPreTouch", // so that the Java heap does not grow
                        "-XX:+UseSerialGC",
                        "--sun-misc-unsafe-memory-access=deny",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BurstProgram.class.getName(),
                        buffers))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher growth = GROWTH.matcher(output);
        assertThat(growth.find()).as(output).isTrue();
        return Long.parseLong(growth.group(1));
    }

    @Test
    void mustLeaveAtMostHalfOfWhatNettysAdaptiveAllocatorLeaves() throws Exception {
        assertThat(growthWith("ashlar")).isLessThanOrEqualTo(growthWith("netty") / 2);
    }
}
