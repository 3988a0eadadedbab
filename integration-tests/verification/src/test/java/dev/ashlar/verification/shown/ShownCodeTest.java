package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each Java example on a page is a region of the tests of this module, except for its indentation, and each snippet in
 * Javadoc names such a region. So each build finds what the Javadoc tool would find only at a release.
 */
class ShownCodeTest {

    private static final Path ROOT = Path.of("../..");
    private static final Path TESTS = Path.of("src/test/java");

    /** The parts of a region by name, as {@code file#region}, without indentation and empty lines. */
    private static final List<Region> REGIONS =
            files(TESTS, ".java").flatMap(ShownCodeTest::regionsOf).toList();

    private static final Set<String> IMPORTS = files(TESTS, ".java")
            .flatMap(file -> lines(file).stream())
            .filter(ShownCodeTest::isImport)
            .collect(Collectors.toCollection(TreeSet::new));

    private record Region(Path file, String name, List<String> code) {}

    static Stream<Path> pages() {
        return files(ROOT, ".md").filter(page -> !examplesOf(page).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void pageMustShowCodeThatIsTested(Path page) {
        for (List<String> example : examplesOf(page)) {
            List<String> code = example.stream().filter(line -> !isImport(line)).toList();
            assertThat(REGIONS).as("%s shows %s", page, example).anyMatch(region -> region.code.equals(code));
            assertThat(IMPORTS)
                    .as("imports of %s", page)
                    .containsAll(
                            example.stream().filter(ShownCodeTest::isImport).toList());
        }
    }

    @Test
    void javadocMustShowCodeThatIsTested() {
        Set<String> regions = REGIONS.stream()
                .map(region -> "class=\"" + className(region.file) + "\" region=\"" + region.name + "\"")
                .collect(Collectors.toSet());
        List<String> shown = files(ROOT, ".java")
                .filter(file -> file.toString().contains("src/main/java"))
                .flatMap(file -> lines(file).stream())
                .filter(line -> line.contains("{@snippet") || line.endsWith("<pre>{@code"))
                .toList();
        assertThat(shown)
                .hasSizeGreaterThan(15)
                .allSatisfy(line -> assertThat(regions)
                        .contains(line.replace("* {@snippet ", "")
                                .replace("}", "")
                                .strip()));
    }

    private static String className(Path test) {
        return TESTS.relativize(test).toString().replace(".java", "").replace('/', '.');
    }

    /** The text between lines with {@code @start} and {@code @end} of the Javadoc tool's markup. */
    private static Stream<Region> regionsOf(Path file) {
        List<Region> regions = new ArrayList<>();
        Region open = null;
        for (String line : lines(file)) {
            if (line.startsWith("// @start region=")) {
                open = new Region(file, line.split("\"", -1)[1], new ArrayList<>());
                regions.add(open);
            } else if (line.startsWith("// @end")) {
                open = null;
            } else if (open != null) {
                open.code.add(line);
            }
        }
        return regions.stream();
    }

    /** The text between a line with three backquotes and {@code java}, and a line with only the backquotes. */
    private static List<List<String>> examplesOf(Path page) {
        List<List<String>> examples = new ArrayList<>();
        List<String> open = null;
        for (String line : lines(page)) {
            if (line.equals("```java")) {
                open = new ArrayList<>();
                examples.add(open);
            } else if (line.equals("```")) {
                open = null;
            } else if (open != null) {
                open.add(line);
            }
        }
        return examples;
    }

    private static boolean isImport(String line) {
        return line.startsWith("import ");
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<Path> files(Path folder, String end) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files
                    .filter(file ->
                            file.toString().endsWith(end) && !file.toString().contains("/target/"))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
