package dev.ashlar.replay;

import java.util.Collections;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program. Exit codes: 0 done, 1 a strategy broke its contract, 2 wrong usage or no valid trace. */
@Command(
        name = "ashlar",
        description =
                "Replays recorded allocation traces on every installed allocation strategy, and shows what programs"
                        + " do with their memory.",
        subcommands = {ReplayCommand.class, ExplainCommand.class, WatchCommand.class, StrategiesCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
public final class Ashlar implements Runnable {

    @Spec
    private CommandSpec spec;

    private int verbosity;

    private Ashlar() {}

    /**
     * Runs the program and ends the JVM.
     *
     * @param arguments of the command line
     */
    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Ashlar())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Ashlar::explain);
    }

    /** A line that says what is wrong, instead of picocli's whole page of help. */
    private static int explain(ParameterException e, String... arguments) {
        CommandLine command = e.getCommandLine();
        command.getErr().println(command.getCommandName() + ": " + e.getMessage());
        command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Log more to standard error; twice for still more.")
    void verbose(boolean[] times) {
        verbosity = times.length;
        // logback.xml reads it when the first logger is made, which is after the command line is parsed.
        System.setProperty("ashlar.log.level", verbosity > 1 ? "DEBUG" : "INFO");
    }

    /** The same verbosity as arguments of a command line. */
    List<String> verbosity() {
        return Collections.nCopies(verbosity, "-v");
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "what is to be done? There are: replay, explain, watch, strategies");
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Ashlar.class.getPackage().getImplementationVersion();
            return new String[] {"ashlar " + (version == null ? "(not packaged)" : version)};
        }
    }
}
