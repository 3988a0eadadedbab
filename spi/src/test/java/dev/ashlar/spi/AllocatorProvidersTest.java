package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which strategies are found, which one is chosen, and the message if there is none. */
class AllocatorProvidersTest {

    @TempDir
    Path temp;

    private ClassLoader ofThread;

    @BeforeEach
    void rememberLoader() {
        ofThread = Thread.currentThread().getContextClassLoader();
    }

    @AfterEach
    void restore() {
        Thread.currentThread().setContextClassLoader(ofThread);
        System.clearProperty(AllocatorProviders.PROPERTY);
    }

    private Plugin plugin(String name) {
        String className = "Provider" + name.replace('-', '_');
        return Plugin.compile(temp.resolve(name), AllocatorProvider.class, className, Plugin.provider(className, name));
    }

    private static Discovery<AllocatorProvider> discover(Plugin... plugins) {
        return AllocatorProviders.discover(Plugin.loaderOf(plugins));
    }

    @Test
    void mustFindProvidersInOrderOfTheirNames() {
        Discovery<AllocatorProvider> discovery = discover(plugin("pebble"), plugin("brick"), plugin("dry-stone"));

        assertThat(discovery.usable().keySet()).containsExactly("brick", "dry-stone", "pebble");
        assertThat(discovery.find("brick")).map(AllocatorProvider::name).contains("brick");
        assertThat(discovery.require("pebble").name()).isEqualTo("pebble");
        assertThat(discovery.find("mortar")).isEmpty();
    }

    @Test
    void mustLookWithTheClassLoaderOfTheThread() {
        assertThat(AllocatorProviders.installed()).doesNotContainKey("brick");

        Thread.currentThread().setContextClassLoader(Plugin.loaderOf(plugin("brick")));

        assertThat(AllocatorProviders.installed()).containsKey("brick");
        assertThat(AllocatorProviders.find("brick")).isPresent();
        assertThat(AllocatorProviders.require("brick").name()).isEqualTo("brick");
    }

    @Test
    void mustFindItsOwnWithoutAClassLoaderOfTheThread() {
        Thread.currentThread().setContextClassLoader(null);

        assertThat(AllocatorProviders.find("brick")).isEmpty();
        assertThat(MemorySources.standard().name()).isEqualTo("jdk");
    }

    @Test
    void mustCountAProviderOnceThatTwoLoadersSee() {
        URLClassLoader parent = Plugin.loaderOf(plugin("brick"));
        URLClassLoader child = new URLClassLoader(new java.net.URL[0], parent);

        assertThat(AllocatorProviders.discover(child, parent).usable()).containsOnlyKeys("brick");
    }

    /** A server's library and an application that loads its own classes first both have the same jar. */
    @Test
    void mustTakeTheFirstOfTwoCopiesOfOneClass() {
        Plugin brick = plugin("brick");
        URLClassLoader server = Plugin.loaderOf(brick);
        URLClassLoader application = Plugin.loaderOf(brick);

        Discovery<AllocatorProvider> discovery = AllocatorProviders.discover(application, server);

        assertThat(discovery.require("brick").getClass().getClassLoader()).isSameAs(application);
    }

    @Test
    void mustNotTakeArenaUnasked() {
        assertThat(AllocatorProviders.standard(discover(plugin("arena"), plugin("brick")))
                        .name())
                .isEqualTo("brick");
        assertThatThrownBy(() -> AllocatorProviders.standard(discover(plugin("arena"))))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("arena, which frees nothing before a reset, must be requested by name")
                .hasMessageContaining("Installed: arena")
                .hasMessageContaining("dev.ashlar:ashlar-slab");
        System.setProperty(AllocatorProviders.PROPERTY, "arena");
        assertThat(AllocatorProviders.standard(discover(plugin("arena"))).name())
                .isEqualTo("arena");
    }

    @Test
    void mustNotTakeTheAllocatorOfACLibraryUnasked() {
        assertThat(AllocatorProviders.standard(discover(plugin("jemalloc"), plugin("malloc"), plugin("pebble")))
                        .name())
                .isEqualTo("pebble");
        assertThatThrownBy(() -> AllocatorProviders.standard(discover(plugin("jemalloc"), plugin("arena"))))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("arena, which frees nothing before a reset, must be requested by name;"
                        + " jemalloc, which does not check frees, must be requested by name.");
        System.setProperty(AllocatorProviders.PROPERTY, "jemalloc");
        assertThat(AllocatorProviders.standard(discover(plugin("jemalloc"), plugin("slab")))
                        .name())
                .isEqualTo("jemalloc");
    }

    @Test
    void mustGiveAnUnmodifiableView() {
        assertThatThrownBy(() -> discover(plugin("brick")).usable().clear())
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void mustNameWhatIsInstalledAndTheNearestName() {
        Plugin brick = plugin("brick");

        assertThatThrownBy(() -> discover(brick).require("brik"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("No strategy 'brik' can be used")
                .hasMessageContaining("Installed: brick (plugin.Providerbrick from " + brick.url() + ")")
                .hasMessageContaining("Did you mean 'brick'?");
    }

    @Test
    void mustSayWhichDependencyToAddIfThereIsNone() {
        assertThatThrownBy(() -> discover().require("slab"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("None is installed")
                .hasMessageContaining("Add the dependency dev.ashlar:ashlar-slab and import dev.ashlar:ashlar-bom")
                .hasMessageContaining("META-INF/services/dev.ashlar.spi.AllocatorProvider")
                .hasMessageEndingWith("Read more: 'Choosing a strategy' in Ashlar's README.md.");
        assertThatThrownBy(() -> AllocatorProviders.standard(discover()))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("None is installed")
                .hasMessageContaining("dev.ashlar:ashlar-slab");
    }

    @Test
    void mustKnowThatTlsfIsInTheArtifactOfBuddy() {
        assertThatThrownBy(() -> discover().require("tlsf")).hasMessageContaining("dev.ashlar:ashlar-buddy and");
    }

    @Test
    void mustNotInventADependencyForAnUnknownName() {
        assertThatThrownBy(() -> discover().require("mortar"))
                .hasMessageNotContaining("ashlar-mortar")
                .hasMessageContaining("dev.ashlar:ashlar-slab, ashlar-buddy");
    }

    @Test
    void mustPreferStrategiesThatSuitAnyProgram() {
        Discovery<AllocatorProvider> discovery = discover(plugin("arena"), plugin("tlsf"), plugin("slab"));

        assertThat(AllocatorProviders.standard(discovery).name()).isEqualTo("slab");
        assertThat(AllocatorProviders.standard(discover(plugin("pebble"), plugin("brick")))
                        .name())
                .isEqualTo("brick");
    }

    @Test
    void mustTakeTheProviderThatTheSystemPropertyForces() {
        System.setProperty(AllocatorProviders.PROPERTY, "brick");

        assertThat(AllocatorProviders.standard(discover(plugin("slab"), plugin("brick")))
                        .name())
                .isEqualTo("brick");
    }

    @Test
    void mustFailIfTheSystemPropertyNamesAMissingProvider() {
        System.setProperty(AllocatorProviders.PROPERTY, "buddy");

        ProviderException failure = catchThrowableOfType(
                ProviderException.class, () -> AllocatorProviders.standard(discover(plugin("slab"))));

        assertThat(failure)
                .hasMessageStartingWith("The system property ashlar.provider is 'buddy'. No strategy 'buddy'")
                .hasMessageContaining("Installed: slab")
                .hasMessageContaining("dev.ashlar:ashlar-buddy");
    }
}
