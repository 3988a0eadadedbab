package dev.ashlar.replay;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ashlar explain}. */
@Command(
        name = "explain",
        description = "Makes one HTML page of what a recording of the flight recorder has of Ashlar: figures over time,"
                + " and what allocators did and why. A program records figures by Events.register of ashlar-metrics;"
                + " adaptive allocators record their decisions by themselves.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ExplainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RECORDING", description = "A file of the flight recorder, such as recording.jfr.")
    private Path recording;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            defaultValue = "report.html",
            description = "The page (${DEFAULT-VALUE}). A file that is there is replaced.")
    private Path page;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        RecordedEvents events;
        try {
            events = RecordedEvents.read(recording);
        } catch (IOException e) {
            err.println("explain: cannot read " + recording + ": " + e);
            return ExitCode.USAGE;
        }
        if (events.count() == 0) {
            err.println("explain: " + recording + " has no events of Ashlar. A program records figures by"
                    + " Events.register of ashlar-metrics.");
            return ExitCode.USAGE;
        }
        try {
            events.report().write(page);
        } catch (IOException e) {
            err.println("explain: cannot write " + page + ": " + e);
            return ExitCode.USAGE;
        }
        spec.commandLine().getOut().println(page + ": " + events.count() + " events");
        spec.commandLine().getOut().flush();
        return ExitCode.OK;
    }
}
