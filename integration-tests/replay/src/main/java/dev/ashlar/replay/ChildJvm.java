package dev.ashlar.replay;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs this program in a new JVM, with the same class path, and the same JVM options or more. It inherits standard
 * error. So the compiler sees only one strategy in each JVM. JMH forks for the same reason.
 */
final class ChildJvm {

    private ChildJvm() {}

    /**
     * The result of the child.
     *
     * @param exitCode as of this program, or what the system says of a JVM that crashed
     * @param output the lines of its standard output
     */
    record Outcome(int exitCode, List<String> output) {}

    /**
     * Runs the program and waits for its end.
     *
     * @param options JVM options beside those of this JVM; a garbage collector among them takes the place of its own
     */
    static Outcome run(List<String> options, List<String> arguments) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(command(options, arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            child.getOutputStream().close();
            String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(child.waitFor(), output.lines().toList());
        } finally {
            child.destroy();
        }
    }

    private static boolean choosesCollector(String option) {
        return option.matches("-XX:\\+Use\\w+GC");
    }

    private static List<String> command(List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        boolean hasCollector = options.stream().anyMatch(ChildJvm::choosesCollector); // two would be refused
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !hasCollector || !choosesCollector(option))
                .forEach(command::add);
        command.addAll(options);
        if (NativeAccess.missing() == null) {
            command.add("--enable-native-access=ALL-UNNAMED"); // a jar's manifest counts with -jar only
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path", "." + File.separator));
        command.add(Ashlar.class.getName());
        command.addAll(arguments);
        return command;
    }
}
