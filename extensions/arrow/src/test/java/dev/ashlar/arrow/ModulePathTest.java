package dev.ashlar.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arrow.consumer.ModulePathProgram;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.Ashlar;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.unsafe.UnsafeAllocationManager;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The bridge and Arrow as named modules; the tests themselves run on the class path. */
class ModulePathTest {

    private static String locationOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void mustServeARootAllocatorByItsConfiguration() throws Exception {
        String modules = Stream.of(
                        ArrowMemory.class,
                        Allocator.class,
                        Ashlar.class,
                        Slab.class,
                        RootAllocator.class,
                        UnsafeAllocationManager.class,
                        Logger.class)
                .map(ModulePathTest::locationOf)
                .collect(Collectors.joining(File.pathSeparator));
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--module-path",
                        modules,
                        "--add-modules",
                        "dev.ashlar.arrow,dev.ashlar.slab,org.apache.arrow.memory.unsafe",
                        "-cp",
                        locationOf(ModulePathProgram.class),
                        ModulePathProgram.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(program.waitFor()).as(output).isZero();
        assertThat(output)
                .contains("read 42", "blocks 1")
                .contains("modules module dev.ashlar.arrow, module org.apache.arrow.memory.core");
    }
}
