package dev.ashlar.nativememory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.nativememory.internal.MmapSource;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.MemorySource;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.slf4j.Logger;

/** What a program sees with and without native access: tests themselves have it. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class NativeAccessTest {

    private static String run(String... options) throws IOException, InterruptedException {
        return runWith(System.getProperty("java.class.path"), options);
    }

    private static String runWith(String classPath, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", classPath, SourceProgram.class.getName()));
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void mustBeTheStandardSourceWithNativeAccess() throws Exception {
        assertThat(run("--enable-native-access=ALL-UNNAMED"))
                .contains("standard: mmap", "required: mmap")
                .doesNotContain("WARNING");
    }

    @Test
    void mustLeaveTheJdksSourceWithoutItAndSayWhatIsMissing() throws Exception {
        assertThat(run())
                .contains("standard: jdk", "refused: ", "--enable-native-access=ALL-UNNAMED")
                .contains(MmapSource.class.getName())
                .doesNotContain("A restricted method");
    }

    @Test
    void mustNotBeTakenWhereTheJdksSourceIsNamed() throws Exception {
        assertThat(run("--enable-native-access=ALL-UNNAMED", "-Dashlar.source=jdk"))
                .contains("standard: jdk", "required: mmap");
    }

    private static String onModulePath(String access) throws IOException, InterruptedException {
        Class<?>[] inEachModule = {
            Allocator.class, MemorySource.class, Slab.class, MmapSource.class, Logger.class, NullMarked.class
        };
        String modules = Arrays.stream(inEachModule)
                .map(NativeAccessTest::locationOf)
                .collect(Collectors.joining(File.pathSeparator));
        return runWith(
                locationOf(SourceProgram.class),
                "--module-path",
                modules,
                "--add-modules",
                "dev.ashlar.nativememory,dev.ashlar.slab",
                "--enable-native-access=" + access);
    }

    private static String locationOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    @Test
    void mustWorkAsAModuleThatHasNativeAccess() throws Exception {
        assertThat(onModulePath("dev.ashlar.nativememory")).contains("standard: mmap", "required: mmap");
    }

    @Test
    void mustSayWhichModuleNeedsNativeAccess() throws Exception {
        assertThat(onModulePath("ALL-UNNAMED"))
                .contains("standard: jdk", "refused: ", "--enable-native-access=dev.ashlar.nativememory");
    }
}
