package dev.ashlar.insight;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.api.Allocator;
import dev.ashlar.insight.gc.GcAdvisor;
import dev.ashlar.metrics.Watched;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.testkit.CodeLocation;
import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The dashboard if everything is a named module, and the optional libraries are not there. */
class ModulePathTest {

    private static final String MODULE = "dev.ashlar.insight";

    private static ClassLoader loader() {
        Stream<Path> own = Stream.of(
                        Allocator.class,
                        Ashlar.class,
                        Slab.class,
                        Watched.class,
                        Dashboard.class,
                        JSON.class,
                        JsonFactory.class,
                        Logger.class)
                .map(CodeLocation::of);
        Stream<Path> statistics = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(Path::of)
                .filter(path ->
                        path.getFileName().toString().matches("(commons-(statistics|numbers|rng)|HdrHistogram).*"));
        Path[] modules = Stream.concat(own, statistics).toArray(Path[]::new);
        ModuleLayer boot = ModuleLayer.boot();
        Configuration configuration = boot.configuration()
                .resolve(ModuleFinder.of(modules), ModuleFinder.of(), Set.of(MODULE, "dev.ashlar.slab"));
        return boot.defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader())
                .findLoader(MODULE);
    }

    private static HttpURLConnection get(URI uri) throws IOException {
        return (HttpURLConnection) uri.toURL().openConnection();
    }

    @Test
    void mustServeAndAdviseWithoutOptionalLibraries() throws Exception {
        ClassLoader loader = loader();
        Class<?> dashboards = loader.loadClass(Dashboard.class.getName());
        assertThat(dashboards.getModule().isNamed()).isTrue();
        Class<?> allocators = loader.loadClass(Allocator.class.getName());
        AutoCloseable slab = (AutoCloseable)
                loader.loadClass(Slab.class.getName()).getMethod("allocator").invoke(null);
        AutoCloseable dashboard =
                (AutoCloseable) dashboards.getMethod("serve", allocators).invoke(null, slab);
        try (slab;
                dashboard) {
            URI uri = (URI) dashboards.getMethod("uri").invoke(dashboard);
            assertThat(get(uri).getInputStream().readAllBytes())
                    .asString(StandardCharsets.UTF_8)
                    .contains("echarts", "\"name\":\"main\"");
            HttpURLConnection metrics = get(uri.resolve("metrics"));
            assertThat(metrics.getResponseCode()).isEqualTo(404);
            assertThat(metrics.getErrorStream().readAllBytes())
                    .asString(StandardCharsets.UTF_8)
                    .contains("micrometer-registry-prometheus");
            assertThat(get(uri.resolve("health")).getInputStream().readAllBytes())
                    .asString(StandardCharsets.UTF_8)
                    .contains("UP");
        }
        Class<?> advisors = loader.loadClass(GcAdvisor.class.getName());
        try (AutoCloseable advisor = (AutoCloseable) advisors.getMethod("start").invoke(null)) {
            Object advice = advisors.getMethod("advise").invoke(advisor);
            assertThat((String) advice.getClass().getMethod("text").invoke(advice))
                    .startsWith("score "); // this JVM may have a heap that is too large
        }
    }
}
