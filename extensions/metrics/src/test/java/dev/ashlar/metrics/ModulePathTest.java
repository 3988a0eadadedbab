package dev.ashlar.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Registration;
import dev.ashlar.metrics.micrometer.Meters;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** The figures if everything is a named module; the tests themselves run on the class path. */
class ModulePathTest {

    private static final String MODULE = "dev.ashlar.metrics";

    private static Path locationOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static ClassLoader loaderOf(Set<String> roots, Class<?>... inEachModule) {
        ModuleFinder finder = ModuleFinder.of(
                Arrays.stream(inEachModule).map(ModulePathTest::locationOf).toArray(Path[]::new));
        ModuleLayer boot = ModuleLayer.boot();
        Configuration configuration = boot.configuration().resolve(finder, ModuleFinder.of(), roots);
        return boot.defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader())
                .findLoader(MODULE);
    }

    private static Object watched(Class<?> watched) throws ReflectiveOperationException {
        Supplier<Long> nothing = () -> 1L;
        return watched.getMethod("of", String.class, String.class, Supplier.class, List.class)
                .invoke(null, "module", "main", nothing, List.of(figure(watched)));
    }

    private static Object figure(Class<?> watched) throws ReflectiveOperationException {
        ClassLoader loader = watched.getClassLoader();
        Class<?> kind = loader.loadClass(Figure.Kind.class.getName());
        ToDoubleFunction<Long> value = Long::doubleValue;
        return loader.loadClass(Figure.class.getName())
                .getConstructor(String.class, kind, String.class, ToDoubleFunction.class)
                .newInstance("count", kind.getField("COUNTER").get(null), "A count", value);
    }

    private static void showAndEnd(Method register, Object... arguments) throws ReflectiveOperationException {
        Object registration = register.invoke(null, arguments);
        Method close = registration
                .getClass()
                .getClassLoader()
                .loadClass(Registration.class.getName())
                .getMethod("close");
        close.invoke(registration);
    }

    @Test
    void mustNeedTheApiOnly() throws ReflectiveOperationException {
        ClassLoader loader = loaderOf(Set.of(MODULE), Allocator.class, Watched.class);
        Class<?> watched = loader.loadClass(Watched.class.getName());
        assertThat(watched.getModule().isNamed()).isTrue();
        for (Class<?> surface : List.of(Beans.class, Events.class)) {
            showAndEnd(loader.loadClass(surface.getName()).getMethod("register", watched), watched(watched));
        }
    }

    @Test
    void mustShowMetersWhereMicrometerIsAModule() throws ReflectiveOperationException {
        ClassLoader loader = loaderOf(
                Set.of(MODULE, "micrometer.core"),
                Allocator.class,
                Watched.class,
                MeterRegistry.class,
                KeyValue.class,
                Observation.class);
        Class<?> watched = loader.loadClass(Watched.class.getName());
        Class<?> registry = loader.loadClass(MeterRegistry.class.getName());
        assertThat(registry.getModule().getName()).isEqualTo("micrometer.core");
        showAndEnd(
                loader.loadClass(Meters.class.getName()).getMethod("register", watched, registry),
                watched(watched),
                loader.loadClass(SimpleMeterRegistry.class.getName())
                        .getConstructor()
                        .newInstance());
    }
}
