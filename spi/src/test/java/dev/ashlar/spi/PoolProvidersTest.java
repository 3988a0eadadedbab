package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which pool providers are found, which one is chosen, and the message if there is none. */
class PoolProvidersTest {

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
        System.clearProperty(PoolProviders.PROPERTY);
    }

    private Plugin plugin(String name) {
        return plugin("Pools" + name, name, PoolProvider.API_VERSION);
    }

    private Plugin plugin(String className, String name, int apiVersion) {
        return Plugin.compile(
                temp.resolve(className),
                PoolProvider.class,
                className,
                Plugin.poolProvider(className, name, apiVersion));
    }

    private static Discovery<PoolProvider> discover(Plugin... plugins) {
        return PoolProviders.discover(Plugin.loaderOf(plugins));
    }

    @Test
    void mustFindProvidersInOrderOfTheirNames() {
        Discovery<PoolProvider> discovery = discover(plugin("pond"), plugin("lake"));

        assertThat(discovery.usable().keySet()).containsExactly("lake", "pond");
        assertThat(discovery.require("pond").name()).isEqualTo("pond");
        assertThat(discovery.find("sea")).isEmpty();
    }

    @Test
    void mustLookWithTheClassLoaderOfTheThread() {
        assertThat(PoolProviders.installed()).doesNotContainKey("pond");

        Thread.currentThread().setContextClassLoader(Plugin.loaderOf(plugin("pond")));

        assertThat(PoolProviders.installed()).containsKey("pond");
        assertThat(PoolProviders.find("pond")).isPresent();
        assertThat(PoolProviders.require("pond").name()).isEqualTo("pond");
        assertThat(PoolProviders.standard().name()).isEqualTo("pond");
    }

    @Test
    void mustNameWhatIsInstalledAndTheNearestName() {
        Plugin pond = plugin("pond");

        assertThatThrownBy(() -> discover(pond).require("pont"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("No pool provider 'pont' can be used")
                .hasMessageContaining("Installed: pond (plugin.Poolspond from " + pond.url() + ")")
                .hasMessageContaining("Did you mean 'pond'?")
                .hasMessageContaining("Ashlar's own is dev.ashlar:ashlar-lockfree")
                .hasMessageEndingWith("Read more: 'Object pools' in Ashlar's lockfree/README.md.");
    }

    @Test
    void mustSayWhichDependencyToAddIfThereIsNone() {
        for (String asked : new String[] {"by name", "standard"}) {
            assertThatThrownBy(() -> {
                        if (asked.equals("standard")) {
                            PoolProviders.standard(discover());
                        } else {
                            discover().require("lockfree");
                        }
                    })
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("None is installed")
                    .hasMessageContaining(
                            "Add the dependency dev.ashlar:ashlar-lockfree and import dev.ashlar:ashlar-bom")
                    .hasMessageContaining("META-INF/services/dev.ashlar.spi.PoolProvider");
        }
    }

    @Test
    void mustPreferOurs() {
        assertThat(PoolProviders.standard(discover(plugin("brook"), plugin("lockfree")))
                        .name())
                .isEqualTo("lockfree");
        assertThat(PoolProviders.standard(discover(plugin("pond"), plugin("lake")))
                        .name())
                .isEqualTo("lake");
    }

    @Test
    void mustTakeTheProviderThatTheSystemPropertyForces() {
        System.setProperty(PoolProviders.PROPERTY, "pond");

        assertThat(PoolProviders.standard(discover(plugin("pond"), plugin("lockfree")))
                        .name())
                .isEqualTo("pond");
        assertThatThrownBy(() -> PoolProviders.standard(discover(plugin("lake"))))
                .isInstanceOf(ProviderException.class)
                .hasMessageStartingWith("The system property ashlar.pool is 'pond'. No pool provider 'pond'");
    }

    @Test
    void mustRefuseAProviderOfAnotherVersion() {
        assertThatThrownBy(() -> discover(plugin("Old", "pond", 99)).require("pond"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("The pool provider plugin.Old from")
                .hasMessageContaining("was compiled against version 99 of the provider interface")
                .hasMessageContaining("import dev.ashlar:ashlar-bom");
    }

    @Test
    void mustUseNeitherOfTwoWithOneName() {
        assertThatThrownBy(() -> discover(plugin("Left", "pond", 1), plugin("Right", "pond", 1))
                        .require("pond"))
                .isInstanceOf(ProviderException.class)
                .hasMessageContaining("There are 2 of the name 'pond' (pool provider)")
                .hasMessageContaining("plugin.Left from")
                .hasMessageContaining("plugin.Right from");
    }
}
