package dev.ashlar.replay;

import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.Capabilities;
import java.io.PrintWriter;
import java.security.CodeSource;
import java.util.SortedMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ashlar strategies}. */
@Command(
        name = "strategies",
        description = "Lists the installed strategies with version, limits, capabilities and where they come from."
                + " What was found and cannot be used is logged to standard error.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class StrategiesCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        SortedMap<String, AllocatorProvider> installed = AllocatorProviders.installed();
        if (installed.isEmpty()) {
            out.println("No strategy is installed.");
        }
        installed.values().forEach(strategy -> print(out, strategy));
        out.flush();
    }

    private static void print(PrintWriter out, AllocatorProvider strategy) {
        Capabilities capabilities = strategy.capabilities();
        out.println(strategy.name() + " " + strategy.version());
        out.println("  serves        blocks up to " + bytes(capabilities.maxByteSize()) + ", alignments up to "
                + bytes(capabilities.maxByteAlignment()));
        out.println("  capabilities  "
                + (capabilities.interfaces().isEmpty()
                        ? "none beyond Allocator"
                        : String.join(", ", capabilities.interfaceNames())));
        CodeSource source = strategy.getClass().getProtectionDomain().getCodeSource();
        out.println("  provider      " + strategy.getClass().getName() + " from "
                + (source == null ? "an unknown place" : source.getLocation()));
    }

    private static String bytes(long bytes) {
        if (bytes == AllocationException.NO_LIMIT) {
            return "any size";
        }
        return bytes % 1024 == 0 && bytes > 0 ? bytes / 1024 + " KiB" : bytes + " bytes";
    }
}
