package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A program in a JVM of its own, with the class path of the test. */
final class OtherJvm {

    private OtherJvm() {}

    /** Runs a program that must end well, and returns what it prints to standard error. */
    static String errorsOf(Class<?> main, String option, String... arguments) throws IOException, InterruptedException {
        return errorsOf(main, List.of(option), arguments);
    }

    /** The same with several options of the JVM. */
    static String errorsOf(Class<?> main, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString());
        program.command().addAll(options);
        program.command().addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        program.command().addAll(List.of(arguments));
        program.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        Process process = program.start();
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(errors).isZero();
        return errors;
    }
}
