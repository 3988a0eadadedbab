package dev.ashlar.replay;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks of the values of options, which picocli reports as wrong usage. */
final class OptionValue {

    private OptionValue() {}

    static void requireBetween(CommandSpec spec, String option, int value, int smallest, int largest) {
        if (value < smallest || value > largest) {
            throw new ParameterException(
                    spec.commandLine(), option + " is " + value + ", must be " + smallest + " to " + largest);
        }
    }
}
