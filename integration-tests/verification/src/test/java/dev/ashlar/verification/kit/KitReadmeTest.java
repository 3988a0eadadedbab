package dev.ashlar.verification.kit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class KitReadmeTest {

    private static final Pattern CODE = Pattern.compile("```java\\n(class (\\w+).*?)```", Pattern.DOTALL);

    @Test
    void readmeMustShowTestsAsTheyAre() throws IOException {
        String readme = Files.readString(Path.of("../testkit/README.md"));
        List<MatchResult> shown = CODE.matcher(readme).results().toList();
        assertThat(shown).hasSize(3);
        for (MatchResult code : shown) {
            Path test =
                    Path.of("src/test/java", getClass().getPackageName().replace('.', '/'), code.group(2) + ".java");
            assertThat(Files.readString(test)).contains(code.group(1));
        }
    }
}
