package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The lists of {@code docs/misuse.md} are those of the programs. */
class MisuseTableTest {

    private static final Path PAGE = Path.of("docs/misuse.md");

    @Test
    void mustListEveryProgram() throws IOException {
        assertThat(Files.readString(PAGE)).endsWith("\n" + lists());
    }

    @Test
    void mustHaveOneProgramForEachMisuse() {
        List<String> whats = Stream.concat(
                        Misuse.ofAllocators().map(Misuse::what),
                        PoolMisuses.ALL.stream().map(PoolMisuses.OfPool::what))
                .toList();
        assertThat(whats).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(45);
    }

    private static String lists() {
        Map<String, List<String>> rows = new LinkedHashMap<>();
        rows.put("Frees", ofAllocators(FreeMisuses.ALL));
        rows.put("Batches", ofAllocators(BatchMisuses.ALL));
        rows.put("Requests", ofAllocators(RequestMisuses.ALL));
        rows.put("Bounds and closing", ofAllocators(LifetimeMisuses.ALL));
        rows.put("With hardening", ofAllocators(HardenedMisuses.ALL));
        rows.put("Threads", ofAllocators(ThreadMisuses.ALL));
        rows.put("Vectors and component stores", ofAllocators(SequenceMisuses.ALL));
        rows.put(
                "Pools",
                PoolMisuses.ALL.stream()
                        .map(misuse -> row(misuse.what(), misuse.finding()))
                        .toList());
        return rows.entrySet().stream()
                .map(list -> "\n## " + list.getKey() + "\n\n| program | finding |\n|---|---|\n"
                        + String.join("", list.getValue()))
                .collect(Collectors.joining());
    }

    private static List<String> ofAllocators(List<Misuse> misuses) {
        return misuses.stream()
                .map(misuse -> row(misuse.what(), misuse.finding()))
                .toList();
    }

    private static String row(String what, String finding) {
        return "| " + what + " | " + (finding.equals("not found") ? finding : "`" + finding + "`") + " |\n";
    }
}
