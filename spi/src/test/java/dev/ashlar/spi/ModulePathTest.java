package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Discovery if everything is a named module. The tests themselves run on the class path. */
class ModulePathTest {

    /** Keeps SLF4J quiet, which finds no backend among these modules. */
    private static final String SLF4J_VERBOSITY = "slf4j.internal.verbosity";

    @TempDir
    Path temp;

    @BeforeEach
    void quiet() {
        System.setProperty(SLF4J_VERBOSITY, "ERROR");
    }

    @AfterEach
    void loud() {
        System.clearProperty(SLF4J_VERBOSITY);
    }

    private Module spiBesideAPlugin() {
        Plugin plugin = new Plugin(temp);
        // Both hide their class behind the interface, as only providers of a module can.
        plugin.compile("Brick.java", Plugin.provider("Brick", "brick", 1, providerMethod("Brick")));
        plugin.compile("Tile.java", Plugin.provider("Tile", "tile", 1, providerMethod("Tile")));
        plugin.compileModule("""
                module plugin {
                    requires dev.ashlar.spi;
                    exports plugin;
                    provides dev.ashlar.spi.AllocatorProvider with plugin.Brick, plugin.Tile;
                }
                """);
        ModuleFinder finder = ModuleFinder.of(
                temp,
                Plugin.locationOf(Allocator.class),
                Plugin.locationOf(AllocatorProviders.class),
                Plugin.locationOf(LoggerFactory.class));
        ModuleLayer boot = ModuleLayer.boot();
        Configuration configuration =
                boot.configuration().resolveAndBind(finder, ModuleFinder.of(), Set.of("dev.ashlar.spi"));
        return boot.defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader())
                .findModule("dev.ashlar.spi")
                .orElseThrow();
    }

    private static String providerMethod(String className) {
        return "public static dev.ashlar.spi.AllocatorProvider provider() { return new " + className + "(); }";
    }

    private static Class<?> load(Module module, String name) throws ClassNotFoundException {
        return Class.forName(name, true, module.getClassLoader());
    }

    @Test
    void mustFindProvidersOnTheModulePath() throws Exception {
        Class<?> providers = load(spiBesideAPlugin(), AllocatorProviders.class.getName());

        Map<?, ?> installed = (Map<?, ?>) providers.getMethod("installed").invoke(null);

        assertThat(providers.getModule().isNamed()).isTrue();
        assertThat(installed.keySet()).hasToString("[brick, tile]");
        assertThat(installed.get("brick").getClass().getModule().getName()).isEqualTo("plugin");
    }

    /** Without a context class loader of the layer, the layer is found through the calling code. */
    @Test
    void mustFindProvidersOfTheChildLayerThatTheCallerIsIn() throws Exception {
        Plugin plugin = new Plugin(temp);
        plugin.compile("Brick.java", Plugin.provider("Brick", "brick"));
        plugin.compile("Caller.java", """
                package plugin;
                public class Caller implements java.util.function.Supplier<Object> {
                    public Object get() { return dev.ashlar.spi.AllocatorProviders.installed().keySet(); }
                }
                """);
        plugin.compileModule("""
                module plugin {
                    requires dev.ashlar.spi;
                    exports plugin;
                    provides dev.ashlar.spi.AllocatorProvider with plugin.Brick;
                }
                """);
        ModuleLayer parent = layerOf(
                ModuleLayer.boot(),
                Plugin.locationOf(Allocator.class),
                Plugin.locationOf(AllocatorProviders.class),
                Plugin.locationOf(LoggerFactory.class));
        ModuleLayer child = layerOf(parent, temp);
        Object caller = load(child.findModule("plugin").orElseThrow(), "plugin.Caller")
                .getConstructor()
                .newInstance();

        assertThat(((Supplier<?>) caller).get()).hasToString("[brick]");
    }

    private static ModuleLayer layerOf(ModuleLayer parent, Path... paths) {
        ModuleFinder finder = ModuleFinder.of(paths);
        Set<String> roots = finder.findAll().stream()
                .map(module -> module.descriptor().name())
                .collect(Collectors.toSet());
        Configuration configuration = parent.configuration().resolve(finder, ModuleFinder.of(), roots);
        return parent.defineModulesWithManyLoaders(configuration, ClassLoader.getPlatformClassLoader());
    }
}
