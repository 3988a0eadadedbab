package dev.ashlar.testkit;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** Where classes come from, for tests that make a graph of modules of what is on their class path. */
public final class CodeLocation {

    private CodeLocation() {}

    /** The jar or the directory of a class. */
    public static Path of(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
