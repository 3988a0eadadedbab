package dev.ashlar.verification.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The test classes that the kit's pages show are those of this package. */
class KitReadmeTest {

    private static final Pattern CODE = Pattern.compile("```java\\n(class (\\w+).*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @CsvSource({"README.md, 2", "docs/memory.md, 1"})
    void pageMustShowTestsAsTheyAre(String page, int examples) throws IOException {
        String text = Files.readString(Path.of("../testkit").resolve(page));
        List<MatchResult> shown = CODE.matcher(text).results().toList();
        assertThat(shown).hasSize(examples);
        for (MatchResult code : shown) {
            Path test =
                    Path.of("src/test/java", getClass().getPackageName().replace('.', '/'), code.group(2) + ".java");
            assertThat(Files.readString(test)).contains(code.group(1));
        }
    }
}
