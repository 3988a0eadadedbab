package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShownCodeTest {

    @TempDir
    Path folder;

    private Path test;

    @BeforeEach
    void writeTest() throws IOException {
        test = Files.writeString(
                folder.resolve("Test.java"), "import a.B;\n\nclass T {\n    b();\n    assert;\n    c();\n}\n");
    }

    private Path page(String code) throws IOException {
        return Files.writeString(folder.resolve("README.md"), "# Page\n\n```java\n" + code + "```\n\nmore\n");
    }

    @Test
    void mustAcceptLinesOfTheTestInTheirOrder() throws IOException {
        Path page = page("import a.B;\n\nb();\n  c();\n");
        assertThatCode(() -> ShownCode.assertTested(page, 1, test)).doesNotThrowAnyException();
    }

    @Test
    void mustRefuseAnotherLineAnotherOrderAndAnotherNumberOfExamples() throws IOException {
        for (String code : new String[] {"d();\n", "c();\nb();\n"}) {
            Path page = page(code);
            assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> ShownCode.assertTested(page, 1, test));
        }
        Path page = page("b();\n");
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> ShownCode.assertTested(page, 2, test));
    }
}
