package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which memory sources are found, and which one is chosen. */
class MemorySourcesTest {

    @TempDir
    Path temp;

    @AfterEach
    void restore() {
        System.clearProperty(MemorySources.PROPERTY);
    }

    private Plugin plugin(String className, String name) {
        return Plugin.compile(temp.resolve(className), MemorySource.class, className, Plugin.source(className, name));
    }

    @Test
    void mustHaveTheJdkAlways() {
        assertThat(MemorySources.installed()).containsKey("jdk");
        assertThat(MemorySources.find("jdk")).isPresent();
        assertThat(MemorySources.require("jdk").name()).isEqualTo("jdk");
        assertThat(MemorySources.standard().name()).isEqualTo("jdk");
        assertThat(MemorySources.find("brook")).isEmpty();
    }

    @Test
    void mustFindOthersButUseThemOnlyWhereTheyAreNamed() {
        Discovery<MemorySource> discovery = MemorySources.discover(Plugin.loaderOf(plugin("Brook", "brook")));

        assertThat(discovery.usable()).containsOnlyKeys("brook", "jdk");
        assertThat(MemorySources.standard(discovery).name()).isEqualTo("jdk");
    }

    @Test
    void mustPreferMmapWhereItCanBeUsed() {
        Discovery<MemorySource> discovery = MemorySources.discover(Plugin.loaderOf(plugin("Mapped", "mmap")));

        assertThat(MemorySources.standard(discovery).name()).isEqualTo("mmap");
        System.setProperty(MemorySources.PROPERTY, "auto");
        assertThat(MemorySources.standard(discovery).name()).isEqualTo("mmap");
        System.setProperty(MemorySources.PROPERTY, "jdk");
        assertThat(MemorySources.standard(discovery).name()).isEqualTo("jdk");
        assertThat(MemorySources.require("auto").name()).isEqualTo("jdk"); // none is installed here
    }

    @Test
    void mustTakeTheSourceThatTheSystemPropertyForces() {
        System.setProperty(MemorySources.PROPERTY, "brook");

        Discovery<MemorySource> discovery = MemorySources.discover(Plugin.loaderOf(plugin("Brook", "brook")));

        assertThat(MemorySources.standard(discovery).name()).isEqualTo("brook");
        assertThatThrownBy(MemorySources::standard)
                .isInstanceOf(ProviderException.class)
                .hasMessageStartingWith("The system property ashlar.source is 'brook'. No memory source 'brook'")
                .hasMessageContaining("Installed: jdk")
                .hasMessageEndingWith("Read more: 'Memory sources' in Ashlar's spi/README.md.");
    }

    @Test
    void mustNotLetAJarTakeTheNameOfTheDefault() {
        Plugin impostor = plugin("Impostor", "jdk");

        Discovery<MemorySource> discovery = MemorySources.discover(Plugin.loaderOf(impostor));

        assertThat(MemorySources.standard(discovery)).isInstanceOf(JdkMemorySource.class);
        assertThatThrownBy(() -> discovery.require("brook"))
                .hasMessageContaining("plugin.Impostor from " + impostor.url() + " has the name 'jdk'");
    }
}
