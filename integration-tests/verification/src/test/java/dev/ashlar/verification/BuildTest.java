package dev.ashlar.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * The parts of {@code install} and of the profile {@code release} that the POMs show: which modules have an artifact to
 * install, and that no consumer is built without tests. An install with tests is not tested here, but by {@code ./mvnw
 * verify}, which does everything except the copy to the local repository.
 */
class BuildTest {

    private static final Path ROOT = Path.of("../..");

    /** The tags of the standard doclet at the beginning of a line. */
    private static final Set<String> STANDARD_TAGS = Set.of(
            "author", "deprecated", "exception", "hidden", "param", "return", "see", "serial", "since", "throws");

    private static final Pattern TAG = Pattern.compile("(?m)^\\s*\\*\\s@([a-z]\\w*)");

    @Test
    void mustInstallOnlyModulesThatHaveAnArtifact() {
        Set<String> published = new TreeSet<>();
        for (Path pom : modules()) {
            if (texts(pom, "/project/packaging").contains("pom")) {
                continue;
            }
            if (isPublished(pom)) {
                published.addAll(texts(pom, "/project/artifactId"));
                assertThat(pom.resolveSibling("src/main/java")).isDirectory();
            }
        }
        assertThat(texts(ROOT.resolve("bom/pom.xml"), "//dependency/artifactId"))
                .containsExactlyInAnyOrderElementsOf(published);
    }

    @Test
    void mustSkipConsumerBuildsWithTheTests() {
        Path pom = Path.of("pom.xml");
        assertThat(texts(pom, "/project/properties/invoker.skip")).containsExactly("${skipTests}");
        assertThat(texts(pom, "//profile[activation/property/name='maven.test.skip']/properties/invoker.skip"))
                .containsExactly("true");
    }

    @Test
    void mustDeclareEveryTagOfItsJavadoc() {
        Set<String> used = new TreeSet<>();
        for (Path pom : modules()) {
            Path sources = pom.resolveSibling("src/main/java");
            if (isPublished(pom) && Files.isDirectory(sources)) {
                javaFilesBelow(sources)
                        .forEach(file -> TAG.matcher(read(file))
                                .results()
                                .map(result -> result.group(1))
                                .forEach(used::add));
            }
        }
        used.removeAll(STANDARD_TAGS);
        assertThat(texts(ROOT.resolve("pom.xml"), "//plugin[artifactId='maven-javadoc-plugin']//tag/name"))
                .containsAll(used);
    }

    private static boolean isPublished(Path pom) {
        return texts(pom, "/project/properties/maven.install.skip").isEmpty()
                && (texts(pom, "/project/parent/artifactId").contains("ashlar-parent")
                        || !texts(ROOT.resolve("integration-tests/pom.xml"), "/project/properties/maven.install.skip")
                                .contains("true"));
    }

    /** The POMs of all modules except the root. */
    private static List<Path> modules() {
        return Stream.of("", "extensions", "integration-tests")
                .map(ROOT::resolve)
                .flatMap(whole -> texts(whole.resolve("pom.xml"), "/project/modules/module").stream()
                        .map(module -> whole.resolve(module).resolve("pom.xml")))
                .toList();
    }

    private static List<String> texts(Path pom, String expression) {
        try {
            Document document =
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
            XPath path = XPathFactory.newInstance().newXPath();
            NodeList nodes = (NodeList) path.evaluate(expression, document, XPathConstants.NODESET);
            return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
                    .map(i -> nodes.item(i).getTextContent())
                    .toList();
        } catch (Exception e) {
            throw new AssertionError(pom + " cannot be read", e);
        }
    }

    private static List<Path> javaFilesBelow(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
