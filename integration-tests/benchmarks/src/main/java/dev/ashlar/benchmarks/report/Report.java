package dev.ashlar.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Renders the page and the charts from the results of a run. */
public final class Report {

    private Report() {}

    /**
     * Renders them.
     *
     * @param arguments the directory of the results, where the charts are written too, and the page to write
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String... arguments) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Path directory = Path.of(arguments[0]).toAbsolutePath();
        Path page = Path.of(arguments[1]).toAbsolutePath();
        Results results = Results.read(directory);
        Files.writeString(
                page,
                new Page(
                                results,
                                Machine.read(directory),
                                Charts.draw(results, directory),
                                Path.of(String.valueOf(page.getParent())).relativize(directory))
                        .render());
        System.out.println("Rendered " + page);
    }
}
