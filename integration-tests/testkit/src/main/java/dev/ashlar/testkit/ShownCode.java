package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The code that a page of documentation shows, which a test runs as it is there. */
public final class ShownCode {

    private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

    private ShownCode() {}

    /**
     * Asserts that each example of Java on a page is in the source of a test, line for line and in that order. The test
     * may have more lines between them, such as assertions, and another indentation.
     *
     * @param page a page in Markdown
     * @param examples how many it has
     * @param test the source of the test that runs them
     * @throws AssertionError if the page has another number of examples, or shows a line that is not tested
     * @throws UncheckedIOException if one of the files cannot be read
     */
    public static void assertTested(Path page, int examples, Path test) {
        List<String> tested = lines(read(test));
        assertThat(JAVA.matcher(read(page)).results())
                .as("examples of %s", page)
                .hasSize(examples)
                .allSatisfy(example -> assertThat(tested).containsSubsequence(lines(example.group(1))));
    }

    private static List<String> lines(String code) {
        return code.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
