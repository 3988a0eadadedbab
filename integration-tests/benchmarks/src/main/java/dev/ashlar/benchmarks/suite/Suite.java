package dev.ashlar.benchmarks.suite;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program. Exit codes: 0 done, 1 an allocator failed, 2 wrong usage, 3 an allocator cannot be used here. */
@Command(
        name = "suite",
        description = "Runs multi-threaded workloads on the installed strategies and their peers.",
        subcommands = {RunCommand.class, CacheChurn.class},
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
public final class Suite implements Runnable {

    @Spec
    private CommandSpec spec;

    private Suite() {}

    /**
     * Runs the program and ends the JVM.
     *
     * @param arguments of the command line
     */
    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Suite())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Suite::explain);
    }

    /** A line that says what is wrong, instead of picocli's whole page of help. */
    private static int explain(ParameterException e, String... arguments) {
        CommandLine command = e.getCommandLine();
        command.getErr().println(command.getCommandName() + ": " + e.getMessage());
        command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what is to be done? There are: run, cache");
    }
}
