package dev.ashlar.replay;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import javax.management.JMException;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ashlar watch}. */
@Command(
        name = "watch",
        description = "Shows the figures of a running program of this user as tables that are drawn anew. The program"
                + " shows them by Beans.register of ashlar-metrics; nothing else has to be set. A pipe or a file gets"
                + " each table once more.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class WatchCommand implements Callable<Integer> {

    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "PID", description = "The process, as jps lists it.")
    private long pid;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Seconds between two tables, 1 to 3600 (${DEFAULT-VALUE}).")
    private int interval;

    @Option(
            names = "--times",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many tables; with 0, the default, until the program ends, shows no figures any more, or"
                    + " Ctrl-C.")
    private int times;

    @Override
    @SuppressWarnings(
            "BanJNDI") // the address is that of a process of this user, which the JDK has started the agent in
    public Integer call() throws InterruptedException {
        OptionValue.requireBetween(spec, "--interval", interval, 1, 3600);
        OptionValue.requireBetween(spec, "--times", times, 0, Integer.MAX_VALUE);
        PrintWriter err = spec.commandLine().getErr();
        try {
            JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(agentOf(pid)));
            try {
                return watch(new BeanTables(connector.getMBeanServerConnection()));
            } finally {
                close(connector);
            }
        } catch (AttachNotSupportedException | IOException | JMException e) {
            err.println("watch: cannot read process " + pid + ": " + e.getMessage());
            return ExitCode.USAGE;
        }
    }

    private static void close(JMXConnector connector) {
        try {
            connector.close();
        } catch (IOException e) {
            return; // the program has ended, and its end of the connection with it
        }
    }

    private static String agentOf(long pid) throws AttachNotSupportedException, IOException {
        VirtualMachine program = VirtualMachine.attach(Long.toString(pid));
        try {
            return program.startLocalManagementAgent();
        } finally {
            program.detach();
        }
    }

    private int watch(BeanTables tables) throws IOException, JMException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        for (int i = 0; times == 0 || i < times; i++) {
            if (i > 0) {
                Thread.sleep(interval * 1000L);
            }
            String text;
            try {
                text = tables.text();
            } catch (IOException e) {
                if (i == 0) {
                    throw e;
                }
                out.println("The program has ended.");
                return ExitCode.OK;
            }
            if (text.isEmpty() && i > 0) {
                out.println("The program shows no figures any more.");
                return ExitCode.OK;
            }
            if (text.isEmpty()) {
                spec.commandLine()
                        .getErr()
                        .println("watch: process " + pid + " shows no figures of Ashlar. A program shows them by"
                                + " Beans.register of ashlar-metrics.");
                return ExitCode.USAGE;
            }
            out.print((isTerminal() ? CLEAR : i > 0 ? "\n" : "") + text);
            out.flush();
        }
        return ExitCode.OK;
    }

    @SuppressWarnings("SystemConsoleNull") // it is null again from JDK 25 on, unless another console is chosen
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }
}
