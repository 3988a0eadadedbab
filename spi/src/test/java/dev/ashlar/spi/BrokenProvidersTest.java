package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A broken plugin does not affect the others, and is reported. */
class BrokenProvidersTest {

    @TempDir
    Path temp;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private static Plugin good;

    @BeforeAll
    static void compileOnce(@TempDir Path shared) {
        good = Plugin.compile(shared.resolve("good"), AllocatorProvider.class, "Good", Plugin.provider("Good", "good"));
    }

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger(Discovery.class)).addAppender(log);
    }

    @AfterEach
    void stopListening() {
        ((Logger) LoggerFactory.getLogger(Discovery.class)).detachAppender(log);
    }

    private Plugin broken(String name, int apiVersion, String members) {
        return Plugin.compile(
                temp.resolve("broken"),
                AllocatorProvider.class,
                "Broken",
                Plugin.provider("Broken", name, apiVersion, members));
    }

    /** The broken one is first, so a search that stops there finds nothing. */
    private ProviderException requireBroken(Plugin broken) {
        Discovery<AllocatorProvider> discovery = AllocatorProviders.discover(Plugin.loaderOf(broken, good));

        assertThat(discovery.usable()).containsOnlyKeys("good");
        assertThat(discovery.find("broken")).isEmpty();
        ProviderException failure = catchThrowableOfType(ProviderException.class, () -> discovery.require("broken"));
        assertThat(failure)
                .hasMessageContaining("Installed: good (plugin.Good from " + good.url() + ")")
                .hasMessageEndingWith("Read more: 'Choosing a strategy' in Ashlar's README.md.");
        return failure;
    }

    @Test
    void mustTellOfAConstructorThatThrows() {
        Plugin broken = broken("broken", 1, "public Broken() { throw new IllegalStateException(\"no luck\"); }");

        assertThat(requireBroken(broken))
                .hasMessageContaining("plugin.Broken from " + broken.url() + " fails")
                .hasMessageContaining("no luck")
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void mustNotSayThatNoneIsInstalledIfTheOnlyOneIsBroken() {
        Plugin broken = broken("broken", 7, "");

        assertThatThrownBy(() -> AllocatorProviders.standard(AllocatorProviders.discover(Plugin.loaderOf(broken))))
                .hasMessageStartingWith("No strategy can be used. None of those installed can be used. Not usable:"
                        + " The strategy plugin.Broken from " + broken.url());
    }

    @Test
    void mustTellOfAStaticInitializerThatThrows() {
        assertThat(requireBroken(broken("broken", 1, "static final int N = Integer.parseInt(\"x\");")))
                .hasMessageContaining("plugin.Broken")
                .hasRootCauseInstanceOf(NumberFormatException.class);
    }

    @Test
    void mustTellOfANameThatCannotBeUsed() {
        assertThat(requireBroken(broken("Bro ken", 1, "")))
                .hasMessageContaining("has the name 'Bro ken', must be lower case letters, digits and hyphens");
    }

    @Test
    void mustTellOfAProviderWithoutAName() throws IOException {
        Plugin broken = broken("broken", 1, "");
        broken.compile("Broken.java", Plugin.provider("Broken", "x").replace("return \"x\"", "return null"));

        assertThat(requireBroken(broken)).hasMessageContaining("NullPointerException");
    }

    @Test
    void mustRefuseAnotherVersionAndNameBoth() {
        Plugin broken = broken("broken", 7, "");

        assertThat(requireBroken(broken))
                .hasMessageContaining("plugin.Broken from " + broken.url() + " was compiled against version 7")
                .hasMessageContaining("this is version " + AllocatorProvider.API_VERSION)
                .hasMessageContaining("import dev.ashlar:ashlar-bom");
    }

    @Test
    void mustTellOfAMethodThatAnOlderProviderLacks() {
        Plugin broken = broken("broken", 1, "");
        broken.compile(
                "Broken.java",
                Plugin.provider("Broken", "broken")
                        .replace("return 1;", "throw new AbstractMethodError(\"apiVersion\");"));

        assertThat(requireBroken(broken)).hasMessageContaining("AbstractMethodError");
    }

    @Test
    void mustTellOfAClassThatIsMissing() {
        Plugin broken = new Plugin(temp.resolve("broken"));
        broken.declare(AllocatorProvider.class, "plugin.Missing");

        assertThat(requireBroken(broken)).hasMessageContaining("Provider plugin.Missing not found");
    }

    @Test
    void mustTellOfAClassThatIsNoProvider() {
        Plugin broken = new Plugin(temp.resolve("broken"));
        broken.declare(AllocatorProvider.class, "dev.ashlar.spi.Plugin");

        assertThat(requireBroken(broken)).hasMessageContaining("dev.ashlar.spi.Plugin not a subtype");
    }

    @Test
    void mustTellOfAServicesFileThatIsGarbled() {
        Plugin broken = new Plugin(temp.resolve("broken"));
        broken.declare(AllocatorProvider.class, "this is no class name");

        assertThat(requireBroken(broken)).hasMessageContaining("Illegal configuration-file syntax");
    }

    @Test
    void mustTellOfAClassFileOfANewerJava() throws IOException {
        Plugin broken = broken("broken", 1, "");
        Path file = broken.directory().resolve("plugin/Broken.class");
        byte[] bytes = Files.readAllBytes(file);
        bytes[7] = 120; // the low byte of the major version
        Files.write(file, bytes);

        assertThat(requireBroken(broken)).hasMessageContaining("more recent version of the Java Runtime");
    }

    @Test
    void mustTellOfADependencyThatIsMissing() throws IOException {
        Plugin broken = broken("broken", 1, "");
        broken.compile("Base.java", "package plugin; public class Base {}");
        broken.compile(
                "Broken.java",
                Plugin.provider("Broken", "broken").replace("Broken implements", "Broken extends Base implements"));
        Files.delete(broken.directory().resolve("plugin/Base.class"));

        assertThat(requireBroken(broken))
                .hasMessageContaining("NoClassDefFoundError")
                .hasMessageContaining("plugin/Base");
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void mustEndIfAClassLoaderFailsForEver() {
        ClassLoader failing = new ClassLoader(null) {
            @Override
            public Enumeration<java.net.URL> getResources(String name) throws IOException {
                throw new IOException("disk on fire");
            }
        };

        Discovery<AllocatorProvider> discovery = AllocatorProviders.discover(failing, Plugin.loaderOf(good));

        assertThat(discovery.usable()).containsOnlyKeys("good");
        assertThatThrownBy(() -> discovery.require("broken")).hasMessageContaining("disk on fire");
    }

    @Test
    void mustNameBothProvidersOfOneName() {
        Plugin left =
                Plugin.compile(temp.resolve("left"), AllocatorProvider.class, "Left", Plugin.provider("Left", "slab"));
        Plugin right = Plugin.compile(
                temp.resolve("right"), AllocatorProvider.class, "Right", Plugin.provider("Right", "slab"));

        Discovery<AllocatorProvider> discovery = AllocatorProviders.discover(Plugin.loaderOf(left, right, good));

        assertThat(discovery.usable()).containsOnlyKeys("good");
        assertThat(discovery.find("slab")).isEmpty();
        assertThatThrownBy(() -> discovery.require("slab"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("2 of the name 'slab'")
                .hasMessageContaining("plugin.Left from " + left.url())
                .hasMessageContaining("plugin.Right from " + right.url())
                .hasMessageContaining("Remove all but one")
                .hasMessageEndingWith("README.md.");
        assertThatCode(() -> discovery.require("good")).doesNotThrowAnyException();
        assertThat(AllocatorProviders.standard(discovery).name()).isEqualTo("good");
    }

    @Test
    void mustLogEachProblemOnce() {
        Plugin broken = broken("broken", 1, "public Broken() { throw new IllegalStateException(\"logged once\"); }");

        AllocatorProviders.discover(Plugin.loaderOf(broken, good));
        AllocatorProviders.discover(Plugin.loaderOf(broken, good));

        assertThat(log.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage())
                    .contains("plugin.Broken", broken.url().toString(), "logged once");
            assertThat(event.getThrowableProxy()).isNotNull();
        });
    }

    @Test
    void mustLogNothingIfAllIsWell() {
        AllocatorProviders.discover(Plugin.loaderOf(good));

        assertThat(log.list).isEmpty();
    }
}
