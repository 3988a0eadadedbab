package dev.ashlar.benchmarks.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What Linux says of this process and machine. Other systems have no such files, and the answers are null. */
final class ResidentMemory {

    private ResidentMemory() {}

    /** Bytes of this process that are in memory now, or null. */
    static @Nullable Long now() {
        return status("VmRSS:");
    }

    /** The most bytes of this process that were in memory at once, or null. */
    static @Nullable Long peak() {
        return status("VmHWM:");
    }

    private static @Nullable Long status(String key) {
        String kibibytes = line(Path.of("/proc/self/status"), key);
        return kibibytes == null
                ? null
                : Long.parseLong(kibibytes.replace(" kB", "").strip()) << 10;
    }

    /** The processor's name, or null. */
    static @Nullable String processor() {
        String name = line(Path.of("/proc/cpuinfo"), "model name");
        return name == null ? null : name.replace(":", "").strip();
    }

    /** What follows a key at the beginning of a line, or null. */
    private static @Nullable String line(Path file, String key) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(key.length()).strip())
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            return null;
        }
    }
}
