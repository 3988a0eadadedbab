package dev.ashlar.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.lockfree.LockFree;
import dev.ashlar.spi.Ashlar;
import dev.ashlar.testkit.CodeLocation;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The bridge if everything is a named module; the other tests run on the class path. */
class ModulePathTest {

    private static final String MODULE = "dev.ashlar.netty";

    @Test
    void mustMakeBuffersFromTheStandardAllocator() throws ReflectiveOperationException {
        Path[] modules = Stream.of(
                        AshlarByteBufAllocator.class,
                        Allocator.class,
                        Ashlar.class,
                        LockFree.class,
                        ByteBuf.class,
                        FastThreadLocal.class,
                        Logger.class)
                .map(CodeLocation::of)
                .toArray(Path[]::new);
        Configuration configuration = ModuleLayer.boot()
                .configuration()
                .resolveAndBind(ModuleFinder.of(), ModuleFinder.of(modules), Set.of(MODULE));
        ClassLoader loader = ModuleLayer.boot()
                .defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader())
                .findLoader(MODULE);
        Thread.currentThread().setContextClassLoader(loader); // which finds the strategy
        Class<?> bridge = loader.loadClass(AshlarByteBufAllocator.class.getName());
        assertThat(bridge.getModule().getName()).isEqualTo(MODULE);
        try (AutoCloseable buffers =
                (AutoCloseable) bridge.getMethod("standard").invoke(null)) {
            Object buffer = bridge.getMethod("directBuffer", int.class).invoke(buffers, 100);
            Class<?> type = loader.loadClass(ByteBuf.class.getName());
            assertThat(type.getModule().getName()).isEqualTo("io.netty.buffer");
            assertThat(type.getMethod("capacity").invoke(buffer)).isEqualTo(100);
            assertThat(type.getMethod("hasMemoryAddress").invoke(buffer)).isEqualTo(true);
            type.getMethod("release").invoke(buffer);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
