package dev.ashlar.nativememory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.nativememory.internal.MmapSource;
import dev.ashlar.nativememory.program.LibraryProgram;
import dev.ashlar.nativememory.program.SourceProgram;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.MemorySource;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.slf4j.Logger;

/** What a program sees with and without native access: tests themselves have it. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class NativeAccessTest {

    private static String run(String... options) throws IOException, InterruptedException {
        return run(System.getProperty("java.class.path"), List.of(options), Map.of(), SourceProgram.class, List.of());
    }

    private static String runOnLibraries(String staticTls, List<String> options, String... names)
            throws IOException, InterruptedException {
        return run(
                System.getProperty("java.class.path"),
                options,
                Map.of("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=" + staticTls),
                LibraryProgram.class,
                List.of(names));
    }

    private static String run(
            String classPath, List<String> options, Map<String, String> environment, Class<?> main, List<String> names)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(names);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process program = builder.start();
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
        return run(
                locationOf(SourceProgram.class), modulesWithAccess(access), Map.of(), SourceProgram.class, List.of());
    }

    private static List<String> modulesWithAccess(String access) {
        Class<?>[] inEachModule = {
            Allocator.class, MemorySource.class, Slab.class, MmapSource.class, Logger.class, NullMarked.class
        };
        String modules = Arrays.stream(inEachModule)
                .map(NativeAccessTest::locationOf)
                .collect(Collectors.joining(File.pathSeparator));
        return List.of(
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

    @Test
    void mustMakeTheAllocatorOfACLibraryWithIt() throws Exception {
        assertThat(runOnLibraries("512", List.of("--enable-native-access=ALL-UNNAMED"), "malloc"))
                .contains("made: malloc")
                .doesNotContain("WARNING");
    }

    @Test
    void mustSayThatTheAllocatorOfACLibraryNeedsIt() throws Exception {
        assertThat(runOnLibraries("512", List.of(), "malloc", "jemalloc"))
                .contains(
                        "refused: The strategy 'malloc' needs native access", "refused: The strategy 'jemalloc' needs")
                .contains("--enable-native-access=ALL-UNNAMED")
                .doesNotContain("A restricted method");
    }

    @Test
    void mustMakeTheAllocatorOfACLibraryInAModule() throws Exception {
        assertThat(run(
                        locationOf(LibraryProgram.class),
                        modulesWithAccess("dev.ashlar.nativememory"),
                        Map.of(),
                        LibraryProgram.class,
                        List.of("malloc")))
                .contains("made: malloc");
    }

    /** A build of jemalloc whose thread-local memory is large does not fit into what glibc keeps free by default. */
    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIf("dev.ashlar.nativememory.internal.InstalledLibraries#hasJemalloc")
    void mustLoadJemallocOrSayThatGlibcMustKeepMoreMemoryFree() throws Exception {
        List<String> options = List.of("--enable-native-access=ALL-UNNAMED");
        assertThat(runOnLibraries("16384", options, "jemalloc")).contains("made: jemalloc");
        String output = runOnLibraries("0", options, "jemalloc");
        if (!output.contains("made: jemalloc")) {
            assertThat(output)
                    .contains(
                            "static TLS block",
                            "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 in the environment");
        }
    }
}
