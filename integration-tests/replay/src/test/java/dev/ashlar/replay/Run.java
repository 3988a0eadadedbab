package dev.ashlar.replay;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** Runs the program in the test's JVM. */
record Run(int exitCode, String out, String err) {

    static Run of(String... arguments) {
        return of(new StringWriter(), arguments);
    }

    /** With a writer that gets the output, for a test that does something meanwhile. */
    static Run of(StringWriter out, String... arguments) {
        StringWriter err = new StringWriter();
        CommandLine commandLine =
                Ashlar.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int exitCode = commandLine.execute(arguments);
        return new Run(exitCode, out.toString(), err.toString());
    }

    /** The lines of standard error, without those that a slow machine gets about a long run. */
    List<String> warnings() {
        return err.lines().filter(line -> !line.startsWith("replaying ")).toList();
    }

    List<String> lines() {
        return out.lines().toList();
    }
}
