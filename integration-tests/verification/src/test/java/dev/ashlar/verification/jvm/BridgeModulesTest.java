package dev.ashlar.verification.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.arrow.ArrowMemory;
import dev.ashlar.lucene.AshlarDirectory;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.testkit.CodeLocation;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.unsafe.UnsafeAllocationManager;
import org.apache.lucene.store.Directory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.nop.NOPServiceProvider;

/** Bridges, and the software that they are for, as named modules. */
class BridgeModulesTest {

    /** A class in a module of its own graph, which has a strategy. */
    private static Class<?> inModule(Class<?> type, Set<String> roots, Class<?>... inEachModule) {
        Path[] places = Arrays.stream(inEachModule).map(CodeLocation::of).toArray(Path[]::new);
        ModuleFinder finder = ModuleFinder.compose(
                ModuleFinder.of(places),
                ModuleFinder.of(
                        CodeLocation.of(type),
                        CodeLocation.of(Allocator.class),
                        CodeLocation.of(Ashlar.class),
                        CodeLocation.of(Slab.class),
                        CodeLocation.of(Logger.class),
                        CodeLocation.of(NOPServiceProvider.class)));
        ModuleLayer boot = ModuleLayer.boot();
        Configuration graph = boot.configuration().resolveAndBind(finder, ModuleFinder.of(), roots);
        ClassLoader loader = boot.defineModulesWithOneLoader(graph, ClassLoader.getPlatformClassLoader())
                .findLoader(roots.iterator().next());
        try {
            return loader.loadClass(type.getName());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static AutoCloseable call(Object target, String method) throws ReflectiveOperationException {
        return (AutoCloseable) target.getClass().getMethod(method).invoke(target);
    }

    @Test
    @Tag("unsafe")
    void mustServeArrowByItsConfiguration() throws Exception {
        Class<?> bridge = inModule(
                ArrowMemory.class,
                Set.of("dev.ashlar.arrow", "dev.ashlar.slab", "org.apache.arrow.memory.unsafe"),
                RootAllocator.class,
                UnsafeAllocationManager.class);
        assertThat(bridge.getModule().getName()).isEqualTo("dev.ashlar.arrow");
        try (AutoCloseable memory = (AutoCloseable) bridge.getMethod("standard").invoke(null);
                AutoCloseable root = call(memory, "rootAllocator");
                AutoCloseable buffer = (AutoCloseable)
                        root.getClass().getMethod("buffer", long.class).invoke(root, 1000L)) {
            assertThat(root.getClass().getModule().getName()).isEqualTo("org.apache.arrow.memory.core");
            assertThat(bridge.getMethod("stats").invoke(memory).toString()).contains("liveBlocks=1");
            assertThat(buffer.toString()).contains("capacity:1024");
        }
    }

    @Test
    void mustMakeADirectoryOfLucene() throws Exception {
        Class<?> bridge =
                inModule(AshlarDirectory.class, Set.of("dev.ashlar.lucene", "dev.ashlar.slab"), Directory.class);
        assertThat(bridge.getModule().getName()).isEqualTo("dev.ashlar.lucene");
        assertThat(bridge.getSuperclass().getModule().getName()).isEqualTo("org.apache.lucene.core");
        try (AutoCloseable directory =
                (AutoCloseable) bridge.getMethod("standard").invoke(null)) {
            assertThat((String[]) bridge.getMethod("listAll").invoke(directory)).isEmpty();
        }
    }
}
